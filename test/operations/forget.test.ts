import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { check } from "../../src/operations/check.ts";
import { forget } from "../../src/operations/forget.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openTestState, type TestState } from "./state.ts";

async function saveTimes(state: TestState, times: number): Promise<string[]> {
  const ids: string[] = [];
  for (let time = 0; time < times; time++) {
    await state.write("file", `content ${time}`.repeat(1000));
    ids.push((await save({ ...state.access, ...state.request })).snapshot);
  }
  return ids;
}

async function idsIn({ access }: TestState): Promise<string[]> {
  return (await snapshots(access)).snapshots.map(({ id }) => id);
}

test("keeps the newest, says which go, and with prune frees their data", async () => {
  await using state = await openTestState();
  const [first = "", second = "", third = ""] = await saveTimes(state, 3);
  const result = await forget({ ...state.access, keep: { last: 1 }, prune: true });
  expect(result).toMatchObject({ kept: [third], removed: [second, first], dry_run: false });
  expect(result.prune?.packs.removed).toBeGreaterThan(0);
  expect(await idsIn(state)).toEqual([third]);
  expect(await check({ ...state.access, readData: true })).toMatchObject({ errors: [], unlisted_packs: 0 });
});

test("a dry run removes nothing", async () => {
  await using state = await openTestState();
  const ids = await saveTimes(state, 2);
  expect(await forget({ ...state.access, keep: { last: 1 }, prune: true, dryRun: true })).toMatchObject({
    removed: [ids[0]],
    dry_run: true,
    prune: null,
  });
  expect(await idsIn(state)).toEqual(ids);
});

test("exactly those that are named", async () => {
  await using state = await openTestState();
  const [first = "", second = "", third = ""] = await saveTimes(state, 3);
  await forget({ ...state.access, snapshots: [second.slice(0, 10)] });
  expect(await idsIn(state)).toEqual([first, third]);
});

test("a name that is wrong removes none of the others", async () => {
  await using state = await openTestState();
  const ids = await saveTimes(state, 2);
  const given = forget({ ...state.access, snapshots: [ids[0] ?? "", "ffff0000"] });
  await expect(given).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
  expect(await idsIn(state)).toEqual(ids);
});

test.each([{}, { keep: { last: 0 } }, { keep: { tags: ["nobody has this"] } }])(
  "rules that keep nothing: %j",
  async (rules) => {
    await using state = await openTestState();
    const ids = await saveTimes(state, 1);
    await expect(forget({ ...state.access, ...rules })).rejects.toMatchObject({ code: "CONFIG" });
    expect(await idsIn(state)).toEqual(ids);
  },
);

test("snapshots of a shrunken state never push out a good one", async () => {
  await using state = await openTestState();
  const [, good = ""] = await saveTimes(state, 2);
  await rm(state.at("file"));
  for (let time = 0; time < 3; time++) await save({ ...state.access, ...state.request });
  const { kept } = await forget({ ...state.access, keep: { last: 1 } });
  expect(kept).toHaveLength(2);
  expect(await idsIn(state)).toContain(good);
});

test("other folders are counted apart, unless they are not to be", async () => {
  await using state = await openTestState();
  await state.write("one/a", "a");
  await state.write("two/b", "b");
  await save({ ...state.access, ...state.request, state: [state.at("one")] });
  await save({ ...state.access, ...state.request, state: [state.at("two")] });
  expect((await forget({ ...state.access, keep: { last: 1 } })).removed).toEqual([]);
  expect((await forget({ ...state.access, keep: { last: 1 }, groupBy: [] })).removed).toHaveLength(1);
});
