import { expect, test } from "vitest";
import { check } from "../../../src/operations/check.ts";
import { forget } from "../../../src/operations/forget.ts";
import { type OpenedRepository, openRepository } from "../../../src/operations/open-repository.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import type { Fault } from "../../hub/faults.ts";
import { FREE_ACCOUNT } from "../../hub/limits.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { LONG } from "../../support/long.ts";
import { createRandom, printedSeed, type Random } from "../../support/random.ts";
import { type HubPlace, hubPlace, REPO } from "./hub-store.ts";

const password = "correct horse";
const HOUR_MS = 3_600_000;
const SOAK_SAVES = LONG ? 2000 : 20;
const FAULTY_SAVES = LONG ? 1000 : 6;
const WRITER_ROUNDS = LONG ? 200 : 3;
/** A store is opened anew so often, as at a start of the app. */
const SAVES_A_START = 20;
const KEPT = LONG ? 20 : 10;
const PRUNED_EVERY = LONG ? 50 : 10;
const FILE_BYTES = 20_000;

async function writeSomeFiles(state: TestState, random: Random, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const name = `Default/${random.between(0, 40)}`;
    await state.write(name, random.bytes(random.between(1, FILE_BYTES)));
  }
}

async function expectSameState(place: HubPlace, state: TestState): Promise<void> {
  const to = state.temporary.at("to");
  await restore({ store: await place.open(), password, ...state.request, to, force: true });
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
}

/** A clock that goes on by itself, and jumps between saves, so that they are as far apart as they would be. */
function fastTime(): { readonly now: () => number; pass(ms: number): void } {
  let offsetMs = 0;
  return { now: () => Date.now() + offsetMs, pass: (ms) => void (offsetMs += ms) };
}

/** The most commits that any hour has seen. */
function busiestHour(place: HubPlace): number {
  const timesMs = place.hub.requests
    .filter(({ method, path, status }) => method === "POST" && /\/commit\//.test(path) && status === 200)
    .map(({ timeMs }) => timeMs);
  return Math.max(
    ...timesMs.map((end) => timesMs.filter((each) => each > end - HOUR_MS && each <= end).length),
  );
}

function storedBytes(place: HubPlace): number {
  return (
    place.hub
      .repo(REPO)
      ?.lfsObjects()
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0
  );
}

test(`${SOAK_SAVES} saves keep within all limits, and the dataset does not grow for ever`, async () => {
  let nowMs = Date.parse("2026-11-01T00:00:00Z");
  const clock = (): number => nowMs;
  const retry = { sleep: async (delayMs: number): Promise<void> => void (nowMs += delayMs) };
  await using place = await hubPlace({ now: clock, limits: FREE_ACCOUNT });
  await using state = await openTestState();
  const random = createRandom(printedSeed("soak"));
  await writeSomeFiles(state, random, 40);
  await save({ store: await place.open({ retry }), password, ...state.request });
  const largest: number[] = [];
  let repository: OpenedRepository | null = null;
  for (let i = 1; i <= SOAK_SAVES; i += 1) {
    if (i % SAVES_A_START === 1 || repository === null)
      repository = await openRepository({ store: await place.open({ retry }), password });
    const due = await repository.nextSaveAt();
    nowMs = Math.max(nowMs + 30_000, due?.getTime() ?? 0);
    await writeSomeFiles(state, random, 2);
    await save({ repository, ...state.request });
    if (i % PRUNED_EVERY === 0) {
      nowMs = Math.max(nowMs, (await repository.nextSaveAt())?.getTime() ?? 0);
      await forget({ repository, keep: { last: KEPT }, prune: true });
      largest.push(storedBytes(place));
    }
    if (i % 100 === 0 || i === SOAK_SAVES) await expectSameState(place, state);
  }
  expect(busiestHour(place)).toBeLessThanOrEqual(60);
  // Twenty snapshots of some 800 KB and what an hour of saves has added, with room for packs half used.
  expect(Math.max(...largest)).toBeLessThan(8_000_000);
  const { errors } = await check({ store: await place.open({ retry }), password, readData: true });
  expect(errors).toEqual([]);
});

const FAULTS: readonly Fault["kind"][] = [
  "reset",
  "server-error",
  "bad-gateway",
  "answer-lost",
  "truncated",
  "expired-url",
  "not-yet",
  "conflict",
];

test(`${FAULTY_SAVES} saves and restores lose nothing when every request fails at 5 %`, async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using state = await openTestState();
  const seed = printedSeed("faults");
  const random = createRandom(seed);
  for (const [index, kind] of FAULTS.entries()) {
    const fault = { kind } as Fault;
    // Only commits can meet others.
    const path = kind === "conflict" ? /\/commit\// : /^/;
    place.hub.faults.add({ fault, path, probability: 0.05 / FAULTS.length, seed: seed + index });
  }
  let expected: string[] = [];
  for (let i = 1; i <= FAULTY_SAVES; i += 1) {
    await writeSomeFiles(state, random, 3);
    const { snapshot } = await save({ store: await place.open(), password, ...state.request });
    expected.push(snapshot);
    await expectSameState(place, state);
    if (i % (LONG ? 10 : 6) === 0) {
      const keep = { last: 5 };
      const { removed } = await forget({ store: await place.open(), password, keep, prune: true });
      expected = expected.filter((id) => !removed.includes(id));
      expect(expected).toHaveLength(5);
    }
    time.pass(60_000);
  }
  place.hub.faults.clear();
  const access = { store: await place.open(), password };
  const { snapshots: listed, damaged } = await snapshots(access);
  expect(damaged).toEqual([]);
  expect(listed.map(({ id }) => id)).toEqual(expected);
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  expect(place.hub.requests.filter(({ fault }) => fault !== null).length).toBeGreaterThan(0);
});

test(`two writers at once, ${WRITER_ROUNDS} rounds: both histories are complete`, async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using first = await openTestState();
  await using second = await openTestState();
  const random = createRandom(printedSeed("writers"));
  const saved: string[] = [];
  const saveOf = async (state: TestState): Promise<void> => {
    const { snapshot } = await save({ store: await place.open(), password, ...state.request });
    saved.push(snapshot);
  };
  for (let round = 0; round < WRITER_ROUNDS; round += 1) {
    await writeSomeFiles(first, random, 2);
    await writeSomeFiles(second, random, 2);
    await Promise.all([saveOf(first), saveOf(second)]);
    time.pass(120_000);
  }
  const access = { store: await place.open(), password };
  expect((await snapshots(access)).snapshots.map(({ id }) => id).sort()).toEqual(saved.sort());
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  await expectSameState(place, first);
  await expectSameState(place, second);
});

test("a prune beside a save takes nothing from it", async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using state = await openTestState();
  const random = createRandom(printedSeed("prune beside saves"));
  for (let round = 0; round < (LONG ? 50 : 1); round += 1) {
    await writeSomeFiles(state, random, 4);
    await save({ store: await place.open(), password, ...state.request });
    await writeSomeFiles(state, random, 4);
    const request = { keep: { last: 1 }, prune: true };
    await Promise.all([
      save({ store: await place.open(), password, ...state.request }),
      forget({ store: await place.open(), password, ...request }),
    ]);
    await expectSameState(place, state);
    time.pass(600_000);
  }
  const { errors } = await check({ store: await place.open(), password, readData: true });
  expect(errors).toEqual([]);
});
