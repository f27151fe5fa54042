/** An app that lived so long had started well: its next end is the first of a row. */
const GOOD_LIFE_MS = 60_000;
/** Ends in a row after which it is given up. */
const MOST_IN_A_ROW = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/** How often an app has ended by itself lately. */
export interface Crashes {
  /** Without a good life between them. */
  readonly inARow: number;
  readonly total: number;
}

/** An app that has not ended by itself yet. */
export const NO_CRASHES: Crashes = { inARow: 0, total: 0 };

/** Counts an end of the app. */
export function afterCrash({ inARow, total }: Crashes, livedMs: number): Crashes {
  return { inARow: livedMs >= GOOD_LIFE_MS ? 1 : inARow + 1, total: total + 1 };
}

/** How long to wait before the app is started again, in milliseconds; `null` when it is given up. */
export function restartDelayMs({ inARow }: Crashes): number | null {
  if (inARow >= MOST_IN_A_ROW) return null;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (inARow - 1));
}
