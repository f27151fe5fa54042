import { delay } from "./delay.ts";
import type { RunningApp, Supervisor } from "./supervisor.ts";

/**
 * Looks whether another instance wants the state, for as long as the signal allows: then it is saved once
 * more and handed over. From then on the app may go on, but what it writes is no longer the good state.
 */
export async function keepLease(
  { lease, saver, onEvent }: Supervisor,
  { app }: RunningApp,
  signal: AbortSignal,
): Promise<void> {
  if (lease === null) return;
  while (!signal.aborted && !saver.handedOver) {
    await delay(lease.pollMs, signal);
    if (signal.aborted) return;
    try {
      const found = await lease.poll(signal);
      if (found === "held") continue;
      if (found === "asked") {
        await lease.acknowledge();
        // a failed save is told; what was saved before is what the other one gets
        await saver.save("hand-over", { signal, processGroup: app.pid }).catch(() => undefined);
        await lease.release();
      }
      saver.handedOver = true;
      onEvent({
        kind: "warning",
        message: "another instance has taken over the state",
        hint: "what this one changes from now on is kept beside the good state, as a fork",
      });
    } catch {
      // the store cannot be reached, which is no loss of the lease; saves tell of it
    }
  }
}
