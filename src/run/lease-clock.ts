import { setTimeout as sleep } from "node:timers/promises";
import { cancelled } from "../stores/cancelled.ts";
import type { CallOptions, StoreTraits } from "../stores/store.ts";

/** Time, as leases need it. */
export interface LeaseClock {
  /** Milliseconds that pass evenly, from any beginning; the clock on the wall may jump. */
  readonly elapsedMs: () => number;
  /** The clock on the wall, which may be wrong. */
  readonly now: () => Date;
  /** @throws {HoldfastError} `CANCELLED` */
  wait(delayMs: number, options: CallOptions): Promise<void>;
}

/** That of this machine. */
export const SYSTEM_CLOCK: LeaseClock = {
  elapsedMs: () => performance.now(),
  now: () => new Date(),
  async wait(delayMs, { signal }) {
    await sleep(delayMs, undefined, { signal }).catch(() => {
      throw cancelled();
    });
  },
};

/** How often to look at a lease, and how long to wait for an answer; in milliseconds. */
export interface LeaseTimes {
  /** Between two looks of the holder. */
  readonly pollMs: number;
  /** Between two looks of who waits for the holder. */
  readonly lookMs: number;
  /** A holder who gives no sign of life for so long has ended. Covers a look of the holder and a slow write. */
  readonly answerMs: number;
}

/** What suits a store: it says how often it may be looked at; one where each write is a commit is far away. */
export function leaseTimes({ conditionalWrites, pollMs }: StoreTraits): LeaseTimes {
  if (pollMs !== undefined) return { pollMs, lookMs: pollMs / 2, answerMs: pollMs * 3 };
  return conditionalWrites
    ? { pollMs: 5000, lookMs: 2000, answerMs: 15_000 }
    : { pollMs: 2000, lookMs: 500, answerMs: 5000 };
}
