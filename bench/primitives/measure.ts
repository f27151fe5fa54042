import { median, rounded } from "../support/statistics.ts";

const ROUND_MS = 300;
const ROUNDS = 5;

/** Megabytes a second: the median of five rounds of at least 0.3 s each, after a first one to warm up. */
export function megabytesPerSecond(bytesPerCall: number, call: () => void): number {
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = performance.now();
    let calls = 0;
    while (performance.now() - startMs < ROUND_MS) {
      call();
      calls++;
    }
    const seconds = (performance.now() - startMs) / 1000;
    if (round > 0) rates.push((bytesPerCall * calls) / 1e6 / seconds);
  }
  return rounded(median(rates));
}
