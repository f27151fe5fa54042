import { delay } from "./delay.ts";
import type { Lease } from "./lease.ts";
import type { RunningApp, Supervisor } from "./supervisor.ts";

/** Who asked for the lease and does not take it for so long has ended, in milliseconds. */
const UNTAKEN_MS = 60_000;

/**
 * Looks whether another instance wants the state, for as long as the signal allows: then it is saved once
 * more and handed over. From then on the app may go on, but what it writes is no longer the good state; unless
 * nobody takes the lease, which is then taken back.
 */
export async function keepLease(
  supervisor: Supervisor,
  running: RunningApp,
  signal: AbortSignal,
): Promise<void> {
  let releasedMs: number | null = null;
  while (!signal.aborted) {
    const { lease } = supervisor;
    if (lease === null) return;
    await delay(lease.pollMs, signal);
    if (signal.aborted) return;
    try {
      const found = await lease.poll(signal);
      if (found === "lost") return handedOver(supervisor);
      if (found === "asked") {
        await handOver(supervisor, running, { lease, signal });
        releasedMs = performance.now();
      }
      const isUntaken = found === "released" && performance.now() - (releasedMs ?? 0) > UNTAKEN_MS;
      if (!isUntaken) continue;
      supervisor.lease = await supervisor.takeLease(() => undefined);
      supervisor.saver.handedOver = false;
      supervisor.saver.schedule.changed();
    } catch {
      // the store cannot be reached, which is no loss of the lease; saves tell of it
    }
  }
}

async function handOver(
  supervisor: Supervisor,
  { app }: RunningApp,
  { lease, signal }: { readonly lease: Lease; readonly signal: AbortSignal },
): Promise<void> {
  const { saver } = supervisor;
  await lease.acknowledge(signal);
  // a failed save is told; what was saved before is what the other one gets
  await saver.save("hand-over", { signal, processGroup: app.pid }).catch(() => undefined);
  handedOver(supervisor);
  await lease.release(signal);
}

function handedOver({ saver, onEvent }: Supervisor): void {
  if (saver.handedOver) return;
  saver.handedOver = true;
  onEvent({
    kind: "warning",
    message: "another instance takes over the state",
    hint: "what this one changes from now on is kept beside the good state, as a fork",
  });
}
