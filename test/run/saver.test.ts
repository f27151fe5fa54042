import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { nextSaveMs, type SaveHistory, SaveSchedule } from "../../src/run/saver.ts";
import { runs } from "../support/property.ts";

const MINUTE_MS = 60_000;
const QUIET: SaveHistory = {
  changedAtMs: null,
  savedAtMs: null,
  tookMs: 0,
  failures: 0,
  failedAtMs: 0,
  notBeforeMs: null,
};

test("nothing has changed: no save", () => {
  expect(nextSaveMs(QUIET, 5 * MINUTE_MS)).toBe(null);
  expect(nextSaveMs({ ...QUIET, savedAtMs: 1 }, 5 * MINUTE_MS)).toBe(null);
});

test("35 seconds after a first change, and then at most every five minutes", () => {
  expect(nextSaveMs({ ...QUIET, changedAtMs: 1000 }, 5 * MINUTE_MS)).toBe(36_000);
  expect(nextSaveMs({ ...QUIET, savedAtMs: 0, changedAtMs: 1000 }, 5 * MINUTE_MS)).toBe(5 * MINUTE_MS);
  expect(nextSaveMs({ ...QUIET, savedAtMs: 0, changedAtMs: 9 * MINUTE_MS }, 5 * MINUTE_MS)).toBe(
    9 * MINUTE_MS + 35_000,
  );
});

test("the store may ask for more, and failures make it wait", () => {
  const changed = { ...QUIET, changedAtMs: 0 };
  expect(nextSaveMs({ ...changed, notBeforeMs: 700_000 }, 5 * MINUTE_MS)).toBe(700_000);
  expect(nextSaveMs({ ...changed, failures: 1, failedAtMs: 100_000 }, 5 * MINUTE_MS)).toBe(115_000);
  expect(nextSaveMs({ ...changed, failures: 3, failedAtMs: 100_000 }, 5 * MINUTE_MS)).toBe(160_000);
  expect(nextSaveMs({ ...changed, failures: 99, failedAtMs: 100_000 }, 5 * MINUTE_MS)).toBe(
    100_000 + 5 * MINUTE_MS,
  );
});

test("a save begins early enough to be done when the interval is over", () => {
  const saved = { ...QUIET, savedAtMs: 0, changedAtMs: 1 };
  expect(nextSaveMs({ ...saved, tookMs: 400 }, 2_000)).toBe(1_501);
  expect(nextSaveMs({ ...saved, tookMs: 4_000 }, 5 * MINUTE_MS)).toBe(5 * MINUTE_MS - 5_000);
  expect(nextSaveMs({ ...saved, tookMs: 60_000 }, 2_000), "half of the time nothing is saved").toBe(1_001);
});

test("two saves are never much closer than the interval, and no change waits for more than both waits", () => {
  const times = fc.nat(10_000_000);
  fc.assert(
    fc.property(
      times,
      fc.option(times),
      fc.nat(100_000),
      fc.integer({ min: 1, max: 3_600_000 }),
      (changedAtMs, saved, tookMs, interval) => {
        const due = nextSaveMs({ ...QUIET, changedAtMs, savedAtMs: saved, tookMs }, interval) ?? NaN;
        expect(due).toBeGreaterThan(changedAtMs);
        if (saved !== null) expect(due - saved).toBeGreaterThanOrEqual(interval / 2);
        expect(due).toBeLessThanOrEqual(Math.max(changedAtMs + 35_000, (saved ?? 0) + interval));
        const isLate = due - Math.max(changedAtMs, saved ?? 0) + tookMs > interval;
        if (isLate && tookMs * 1.25 < interval / 2) expect(due).toBe(changedAtMs + 35_000);
      },
    ),
    runs(300),
  );
});

test("what changes during a save is for the next one, and what a failed one missed too", async () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const schedule = new SaveSchedule({ intervalMs: 10_000, now: () => Date.now() });
    const { signal } = new AbortController();
    schedule.changed();
    expect(await isDueWithin(schedule, 9_999, signal)).toBe(false);
    expect(await isDueWithin(schedule, 1, signal)).toBe(true);
    schedule.begins();
    schedule.changed();
    schedule.succeeded(null);
    expect(await isDueWithin(schedule, 10_000, signal)).toBe(true);
    schedule.begins();
    schedule.failed();
    expect(await isDueWithin(schedule, 10_000, signal)).toBe(true);
    schedule.begins();
    schedule.succeeded(null);
    expect(await isDueWithin(schedule, 1_000_000, signal)).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

async function isDueWithin(schedule: SaveSchedule, ms: number, signal: AbortSignal): Promise<boolean> {
  const scope = new AbortController();
  const isDue = async (): Promise<boolean> => {
    await schedule.due(AbortSignal.any([signal, scope.signal]));
    return !scope.signal.aborted;
  };
  const waiting = isDue();
  await vi.advanceTimersByTimeAsync(ms);
  scope.abort();
  return await waiting;
}
