import { expect, test } from "vitest";
import { check } from "../../../../src/operations/check.ts";
import { forget } from "../../../../src/operations/forget.ts";
import { openTestState } from "../../../operations/state.ts";
import { LONG } from "../../../support/long.ts";
import { createRandom, printedSeed } from "../../../support/random.ts";
import { hubPlace } from "../hub-store.ts";
import { createQuickly, expectSameState, fastTime, password, saveState, writeSomeFiles } from "./setting.ts";

const ROUNDS = LONG ? 50 : 1;

test("a prune beside a save takes nothing from it", async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using state = await openTestState();
  const random = createRandom(printedSeed("prune beside saves"));
  await createQuickly(place);
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeSomeFiles(state, random, 4);
    await saveState(place, state);
    await writeSomeFiles(state, random, 4);
    const request = { keep: { last: 1 }, prune: true };
    await Promise.all([saveState(place, state), forget({ store: await place.open(), password, ...request })]);
    await expectSameState(place, state);
    time.pass(600_000);
  }
  const { errors } = await check({ store: await place.open(), password, readData: true });
  expect(errors).toEqual([]);
});
