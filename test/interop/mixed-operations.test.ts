import { describe, test } from "vitest";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { type Operation, Turns } from "./turns.ts";

/* One repository in turn: restic is asked after every step of ours, and we after every step of restic. */

const restics = await findRestics();

const ONCE_EACH: readonly Operation[] = [
  "save",
  "backup",
  "tag",
  "rewrite",
  "rebuild index",
  "save",
  "forget",
  "prune",
  "backup",
  "save",
  "restic forget",
  "restic prune",
  "unlock",
];

describe.skipIf(process.platform !== "linux" || restics.length === 0)("in turn on one repository", () => {
  test("every operation once, by all in turn", { timeout: 600_000 }, async () => {
    await using turns = await Turns.start(restics, createRandom(1));
    for (const [step, operation] of ONCE_EACH.entries()) {
      await turns.perform(operation, restics[step % restics.length]);
    }
    await turns.restoreEverything();
  });

  test.skipIf(!LONG).each(restics)(
    "every operation once, by us and restic $version",
    { timeout: 600_000 },
    async (program) => {
      await using turns = await Turns.start([program], createRandom(2));
      for (const operation of ONCE_EACH) await turns.perform(operation, program);
      await turns.restoreEverything();
    },
  );

  test.skipIf(!LONG)("operations of all in a random order", { timeout: 1_800_000 }, async () => {
    await using turns = await Turns.start(restics, createRandom(printedSeed("mixed operations")));
    for (let step = 0; step < 40; step++) await turns.step();
    await turns.restoreEverything();
  });
});
