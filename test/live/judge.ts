import type { BrowserKind } from "./browsers.ts";
import type { Evidence } from "./evidence.ts";
import { STORES, type Moment, type StoreName } from "./writer.ts";

/** What a copy of a profile is worth. */
export interface Verdict {
  /** What must not be: each a sentence. */
  readonly faults: readonly string[];
  /** Age in milliseconds of each part of a login that the browser had not written to its disk yet. */
  readonly notFlushedMs: readonly number[];
}

/** Until when a browser has written to its disk what a page has written, in milliseconds. */
export interface FlushWindow extends Readonly<Record<StoreName, number>> {
  readonly cookie: number;
  /** `localStorage` of an origin that has just begun to write. */
  readonly firstLocalStorage: number;
}

/**
 * How long each browser keeps things in memory, measured, and a few seconds for a machine that is busy.
 * Chromium writes cookies every 30 s or 512 changes, and the `localStorage` of an origin 5 s after its
 * first change but then only once a minute. Firefox writes `localStorage` every 5 s.
 */
export const FLUSH_MS: Readonly<Record<BrowserKind, FlushWindow>> = {
  chromium: {
    indexedDb: 3_000,
    cache: 4_000,
    localStorage: 70_000,
    firstLocalStorage: 10_000,
    cookie: 35_000,
  },
  firefox: {
    indexedDb: 3_000,
    cache: 4_000,
    localStorage: 10_000,
    firstLocalStorage: 10_000,
    cookie: 4_000,
  },
};

/** What is known about the browser at the time of the copy. */
export interface History {
  readonly kind: BrowserKind;
  readonly moments: readonly Moment[];
  readonly logins: readonly number[];
  /** When the save began, in milliseconds of `performance.now()`. */
  readonly savedAtMs: number;
  /** Whether the browser had been closed: nothing may be missing then. */
  readonly closed: boolean;
}

/** Compares what a copy holds with what the browser had been given to keep. */
export function judge(evidence: Evidence, history: History): Verdict {
  const faults = evidence.damagedDatabases.map((text) => `SQLite: ${text}`);
  const notFlushedMs: number[] = [];
  if (evidence.doesNotOpen !== null) faults.push(`does not open: ${evidence.doesNotOpen}`);
  for (const store of STORES) {
    const look = evidence.stores?.[store];
    if (look === undefined) continue;
    if (look.fault !== null) faults.push(`${store}: ${look.fault}`);
    const least = leastOf(store, history);
    if (look.last < least) faults.push(`${store}: lost, ${look.last} is the last and not ${least}`);
  }
  const window = FLUSH_MS[history.kind];
  for (const login of evidence.logins) {
    const ageMs = history.savedAtMs - (history.logins[login.number] ?? history.savedAtMs);
    for (const part of ["cookie", "localStorage"] as const) {
      if (login[part]) continue;
      const mayMissMs = part === "cookie" ? window.cookie : window.firstLocalStorage;
      if (history.closed || ageMs > mayMissMs)
        faults.push(`${part}: login ${login.number} is lost, ${(ageMs / 1000).toFixed(1)} s old`);
      else notFlushedMs.push(ageMs);
    }
  }
  return { faults, notFlushedMs };
}

/** The number that a store has to have reached: what had been written a flush window before the save. */
function leastOf(store: StoreName, { kind, moments, savedAtMs, closed }: History): number {
  const untilMs = closed ? savedAtMs : savedAtMs - FLUSH_MS[kind][store];
  return moments.findLast(({ atMs }) => atMs <= untilMs)?.written[store] ?? 0;
}
