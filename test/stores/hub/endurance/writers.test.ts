import { expect, test } from "vitest";
import { check } from "../../../../src/operations/check.ts";
import { type OpenedRepository, openRepository } from "../../../../src/operations/open-repository.ts";
import { snapshots } from "../../../../src/operations/snapshots.ts";
import { openTestState, type TestState } from "../../../operations/state.ts";
import { LONG } from "../../../support/long.ts";
import { createRandom, printedSeed } from "../../../support/random.ts";
import { type HubPlace, hubPlace } from "../hub-store.ts";
import { createQuickly, expectSameState, fastTime, password, saveState, writeSomeFiles } from "./setting.ts";

const ROUNDS = LONG ? 200 : 3;
/** The stores are opened anew so often, as at a start of the apps. */
const ROUNDS_A_START = 50;

async function openAnew(place: HubPlace): Promise<OpenedRepository> {
  return openRepository({ store: await place.open(), password });
}

test(`two writers at once, ${ROUNDS} rounds: both histories are complete`, async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using first = await openTestState();
  await using second = await openTestState();
  const random = createRandom(printedSeed("writers"));
  const saved: string[] = [];
  const saveOf = async (state: TestState, repository: OpenedRepository): Promise<void> => {
    saved.push((await saveState(place, state, repository)).snapshot);
  };
  await createQuickly(place);
  let repositories: readonly [OpenedRepository, OpenedRepository] | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeSomeFiles(first, random, 2);
    await writeSomeFiles(second, random, 2);
    if (repositories === null || round % ROUNDS_A_START === 0)
      repositories = [await openAnew(place), await openAnew(place)];
    await Promise.all([saveOf(first, repositories[0]), saveOf(second, repositories[1])]);
    time.pass(120_000);
  }
  const access = { store: await place.open(), password };
  expect((await snapshots(access)).snapshots.map(({ id }) => id).sort()).toEqual(saved.sort());
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  await expectSameState(place, first);
  await expectSameState(place, second);
});
