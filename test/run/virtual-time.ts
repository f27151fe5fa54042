import { setImmediate } from "node:timers/promises";
import type { LeaseClock } from "../../src/run/lease-clock.ts";
import { cancelled } from "../../src/stores/cancelled.ts";

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A time that passes only when everybody waits for it, for instances with clocks that differ. */
export class VirtualTime {
  #nowMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A clock that is wrong by so much. */
  clock(wrongByMs = 0): LeaseClock {
    return {
      elapsedMs: () => this.#nowMs,
      now: () => new Date(Date.UTC(2026, 0, 1) + this.#nowMs + wrongByMs),
      wait: (delayMs, { signal }) =>
        new Promise((resolve, reject) => {
          const sleeper = { atMs: this.#nowMs + delayMs, wake: resolve };
          this.#sleepers.add(sleeper);
          signal?.addEventListener("abort", () => {
            this.#sleepers.delete(sleeper);
            reject(cancelled());
          });
        }),
    };
  }

  /** Lets time pass until the work is done, or so much has passed. */
  async until<Result>(work: Promise<Result>, limitMs = 600_000): Promise<Result> {
    let isDone = false;
    const watched = work.finally(() => {
      isDone = true;
    });
    watched.catch(() => undefined);
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await settle();
      if (isDone) return work;
      const next = [...this.#sleepers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) continue;
      if (next.atMs > endMs) throw new Error(`not done after ${limitMs} ms`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#sleepers.delete(next);
      next.wake();
    }
  }

  /** Lets so much time pass. */
  async pass(delayMs: number): Promise<void> {
    await this.until(this.clock().wait(delayMs, {}), delayMs);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await setImmediate();
}
