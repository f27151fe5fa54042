import { expect, test } from "vitest";
import { afterCrash, type Crashes, NO_CRASHES, restartDelayMs } from "../../src/run/back-off.ts";

test("waits longer each time, and gives up at the fifth end in a row", () => {
  const delays: (number | null)[] = [];
  let crashes: Crashes = NO_CRASHES;
  for (let round = 0; round < 5; round++) {
    crashes = afterCrash(crashes, 1_000);
    delays.push(restartDelayMs(crashes));
  }
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, null]);
});

test("a good life begins a new row", () => {
  let crashes: Crashes = NO_CRASHES;
  for (let round = 0; round < 4; round++) crashes = afterCrash(crashes, 1_000);
  crashes = afterCrash(crashes, 60_000);
  expect(crashes).toEqual({ inARow: 1, total: 5 });
  expect(restartDelayMs(crashes)).toBe(500);
});
