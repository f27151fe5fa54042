import type { RequestBudget } from "./quirks.ts";

/** Says how long a request has to wait. */
export interface Pace {
  /** Takes a place for one request. @returns milliseconds from now until it may be sent */
  take(): number;
}

/**
 * Keeps to a number of requests in a span of time, whichever span one looks at: half of them at once, the
 * other half evenly through it. So nobody has to stand still until the span is over.
 *
 * @param now milliseconds
 */
export function createPace(budget: RequestBudget | null, now: () => number): Pace {
  if (budget === null) return { take: () => 0 };
  const burst = Math.floor(budget.requests / 2);
  const intervalMs = budget.spanMs / (budget.requests - burst);
  /** When the bucket was, or will be, full. */
  let fullAtMs = Number.NEGATIVE_INFINITY;
  return {
    take() {
      const nowMs = now();
      fullAtMs = Math.max(fullAtMs, nowMs) + intervalMs;
      return Math.max(0, fullAtMs - nowMs - burst * intervalMs);
    },
  };
}
