import { isHoldfastError } from "../base/errors.ts";
import { aborted, delay } from "./delay.ts";
import type { Lease } from "./lease.ts";
import type { RunningApp, Supervisor } from "./supervisor.ts";

/** Who asked for the lease and does not take it for so long has ended, in milliseconds. */
const UNTAKEN_MS = 60_000;
/** A run that has no lease looks after so long whether it can have one, and after a failure, in milliseconds. */
const LOOK_MS = 5_000;
const FAILED_MS = 60_000;
/** Between two signs of life, in milliseconds; who is asked answers anyway. */
const REFRESH_MS = 3_600_000;

/**
 * Takes the lease where the run has none yet, as after a quarantine; then looks whether another instance wants the state, for as long as the signal allows: then it is saved once
 * more and handed over. From then on the app may go on, but what it writes is no longer the good state; unless
 * nobody takes the lease, which is then taken back.
 *
 * @returns whether what the app was started with is older than what another instance had saved
 */
export async function keepLease(
  supervisor: Supervisor,
  running: RunningApp,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await wasLate(supervisor, signal)) || (await takeLate(supervisor, signal))) return true;
  let releasedMs: number | null = null;
  let refreshedMs = performance.now();
  for (let { lease } = supervisor; lease !== null && !signal.aborted; { lease } = supervisor) {
    await delay(lease.pollMs, signal);
    if (signal.aborted) break;
    try {
      const found = await lease.poll(signal);
      if (found === "lost") {
        handedOver(supervisor);
        break;
      }
      if (found === "asked") {
        await handOver(supervisor, running, { lease, signal });
        releasedMs = performance.now();
      }
      if (performance.now() - refreshedMs > REFRESH_MS) {
        await lease.refresh(signal);
        refreshedMs = performance.now();
      }
      const isUntaken = found === "released" && performance.now() - (releasedMs ?? 0) > UNTAKEN_MS;
      if (!isUntaken) continue;
      supervisor.lease = await supervisor.takeLease({});
      supervisor.saver.handedOver = false;
      supervisor.saver.schedule.changed();
    } catch {
      // the store cannot be reached, which is no loss of the lease; saves tell of it
    }
  }
  return false;
}

/** Waits for a lease that is still being taken. */
async function wasLate(supervisor: Supervisor, signal: AbortSignal): Promise<boolean> {
  const { claim } = supervisor;
  if (claim === null) return false;
  const lease = await Promise.race([claim.lease, aborted(signal).then(() => undefined)]);
  if (lease === undefined) return false; // looked at again when the app lives again, or at the end
  supervisor.claim = null;
  supervisor.lease = lease;
  return claim.wasLate();
}

/**
 * Takes the lease of a run that could not have it at the start, once the quarantine is over.
 *
 * @returns whether another instance has saved what this one does not know
 */
async function takeLate(supervisor: Supervisor, signal: AbortSignal): Promise<boolean> {
  const { saver, engine, request } = supervisor;
  for (let waitMs = LOOK_MS; supervisor.lease === null;) {
    await delay(waitMs, signal);
    if (signal.aborted) return false;
    waitMs = LOOK_MS;
    if (saver.quarantined) continue;
    try {
      supervisor.lease = await supervisor.takeLease({ signal });
      saver.handedOver = false;
      const newest = await engine.call("newest", { state: request.state }, { signal });
      return newest !== null && newest !== (saver.base?.id ?? null);
    } catch (error) {
      if (isHoldfastError(error, "NO_REPOSITORY")) return false; // nothing is saved yet
      waitMs = FAILED_MS; // the store cannot be reached; saves tell of it
    }
  }
  return false;
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
