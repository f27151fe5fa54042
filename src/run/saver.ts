import { delay } from "./delay.ts";

/** Browsers write a new login to the disk within 30 seconds: a save right after a change would miss it. */
const FIRST_CHANGE_MS = 35_000;
/** After a save that failed, the next one waits at first so long. */
const FIRST_RETRY_MS = 15_000;

/** When saves may come; milliseconds. */
export interface SaveTimes {
  /** Between two saves. */
  readonly intervalMs: number;
  readonly now: () => number;
}

/** What decides when the next save is due; milliseconds since any fixed moment. */
export interface SaveHistory {
  /** When the first change since the last save was seen; `null` when nothing has changed. */
  readonly changedAtMs: number | null;
  /** When the last save began; `null` when there was none. */
  readonly savedAtMs: number | null;
  /** How long the last save took that succeeded; 0 when there was none. */
  readonly tookMs: number;
  /** Saves that failed in a row, and when the last of them did. */
  readonly failures: number;
  readonly failedAtMs: number;
  /** What the store asks to wait for; `null` for nothing. */
  readonly notBeforeMs: number | null;
}

/** Saves differ: the next one may take so much longer than the last. */
const MARGIN = 1.25;

/**
 * When the next save is due. Between the end of one save and that of the next, no more than the interval is
 * to pass: what is lost with the machine is what has changed since. So it begins earlier than that, by what
 * a save takes, but never before half of the interval is over. Nor does it begin within 35 seconds of the
 * change, nor before the store likes it; later after failures.
 *
 * @returns `null` when nothing has changed
 */
export function nextSaveMs(history: SaveHistory, intervalMs: number): number | null {
  const { changedAtMs, savedAtMs, tookMs, failures, failedAtMs, notBeforeMs } = history;
  if (changedAtMs === null) return null;
  const spacingMs = Math.max(intervalMs / 2, intervalMs - MARGIN * tookMs);
  const retryMs = failures === 0 ? 0 : Math.min(intervalMs, FIRST_RETRY_MS * 2 ** (failures - 1));
  return Math.max(
    changedAtMs + Math.min(FIRST_CHANGE_MS, spacingMs),
    savedAtMs === null ? 0 : savedAtMs + spacingMs,
    failures === 0 ? 0 : failedAtMs + retryMs,
    notBeforeMs ?? 0,
  );
}

/** Saves when it is due, for as long as the signal allows, after each `changed`. */
export class SaveSchedule {
  readonly #times: SaveTimes;
  #history: SaveHistory = {
    changedAtMs: null,
    savedAtMs: null,
    tookMs: 0,
    failures: 0,
    failedAtMs: 0,
    notBeforeMs: null,
  };
  #wake = Promise.withResolvers<null>();

  constructor(times: SaveTimes) {
    this.#times = times;
  }

  /** Something in the state has changed. */
  changed(): void {
    if (this.#history.changedAtMs !== null) return;
    this.#note({ changedAtMs: this.#times.now() });
    this.#wake.resolve(null);
  }

  /** A save begins: what changes from now on is for the next one. */
  begins(): void {
    this.#note({ changedAtMs: null, savedAtMs: this.#times.now() });
  }

  /** The save that began last has succeeded. */
  succeeded(notBeforeMs: number | null): void {
    const { savedAtMs } = this.#history;
    const tookMs = savedAtMs === null ? 0 : this.#times.now() - savedAtMs;
    this.#note({ failures: 0, notBeforeMs, tookMs });
  }

  /** The save that began last has failed: what it should have saved is still to be saved. */
  failed(): void {
    const { changedAtMs, failures } = this.#history;
    const now = this.#times.now();
    this.#note({ changedAtMs: changedAtMs ?? now, failures: failures + 1, failedAtMs: now });
  }

  /** Resolves when a save is due, or when the signal is aborted. */
  async due(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueMs = nextSaveMs(this.#history, this.#times.intervalMs);
      if (dueMs !== null) {
        const waitMs = dueMs - this.#times.now();
        if (waitMs <= 0) return;
        await delay(waitMs, signal);
        continue;
      }
      this.#wake = Promise.withResolvers<null>();
      const stop = (): void => this.#wake.resolve(null);
      signal.addEventListener("abort", stop, { once: true });
      await this.#wake.promise;
      signal.removeEventListener("abort", stop);
    }
  }

  #note(change: Partial<SaveHistory>): void {
    this.#history = { ...this.#history, ...change };
  }
}
