import { randomBytes } from "node:crypto";
import { leaseTimes } from "../../src/run/lease-clock.ts";
import type { LeaseOwner } from "../../src/run/lease-owner.ts";
import { type Lease, type LeaseState, takeLease, type TakeLeaseOptions } from "../../src/run/lease.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import type { VirtualTime } from "./virtual-time.ts";

const TIMES = leaseTimes(openMemoryStore().traits);
export const ANSWER_MS: number = TIMES.answerMs;
export const HANDOVER_MS = 30_000;
export const POLL_MS: number = TIMES.pollMs;

/** An instance of its own machine. */
export function someOwner(more: Partial<LeaseOwner> = {}): LeaseOwner {
  return {
    id: randomBytes(16).toString("hex"),
    pid: 7,
    place: randomBytes(16).toString("hex"),
    startTicks: "1",
    started: new Date(0),
    ...more,
  };
}

/** Takes a lease as `holdfast run` does, in a time of the test's own. */
export function take(store: Store, time: VirtualTime, more: Partial<TakeLeaseOptions> = {}): Promise<Lease> {
  return takeLease(store, {
    owner: someOwner(),
    handoverMs: HANDOVER_MS,
    ...TIMES,
    clock: time.clock(),
    ...more,
  });
}

/** What a holder does: it looks, and hands over when it is asked, after a last save. */
export async function hold(
  lease: Lease,
  time: VirtualTime,
  { saveMs = 0, acknowledges = true }: { readonly saveMs?: number; readonly acknowledges?: boolean } = {},
): Promise<LeaseState> {
  for (;;) {
    const state = await lease.poll();
    if (state === "asked") {
      if (acknowledges) await lease.acknowledge();
      await time.clock().wait(saveMs, {});
      await lease.release();
    }
    if (state === "lost") return state;
    await time.clock().wait(lease.pollMs, {});
  }
}
