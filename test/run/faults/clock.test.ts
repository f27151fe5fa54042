import { expect, test } from "vitest";
import { LONG } from "../../support/long.ts";
import { compareWithTable } from "./matrix.ts";
import { openPlace, PATIENTLY, preload, SOON } from "./place.ts";

const DAY_MS = 86_400_000;
const CLOCKS = [
  ["the clock is a day ahead", DAY_MS],
  ["the clock is a day behind", -DAY_MS],
] as const;

test.concurrent.each(LONG ? CLOCKS : CLOCKS.slice(0, 1))(
  "%s: the state of the last save is the newest one",
  PATIENTLY,
  async (fault, shiftMs) => {
    await using place = await openPlace();
    await place.saveWell("alice");
    place.wipe();
    const run = place.start({
      flags: SOON,
      env: { ...preload("clock"), TEST_CLOCK_MS: String(shiftMs) },
    });
    expect(await run.appSays(/mode/)).toBe("normal mode, alice");
    place.write("alice of today");
    await run.says(/: saved/);
    const status = await run.stop();
    await compareWithTable(fault, { run, status });
    await place.mustHold("alice of today");
    place.wipe();
    const next = place.start({ flags: SOON });
    expect(await next.appSays(/mode/)).toBe("normal mode, alice of today");
    place.write("alice of tomorrow");
    await next.says(/: saved/);
    expect(await next.stop()).toBe(0);
    await place.mustHold("alice of tomorrow");
    await place.mustStartWith("alice of tomorrow");
  },
);
