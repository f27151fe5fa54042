import { expect, test } from "vitest";
import { check } from "../../../src/operations/check.ts";
import { prune } from "../../../src/operations/prune.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import { namesIn } from "../../../src/stores/conformance/case.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { createRandom } from "../../support/random.ts";
import { failure } from "../conformance.ts";
import { beforeCommit, type HubPlace, hubPlace } from "./hub-store.ts";

const password = "correct horse";
/** Two packs, an index and a snapshot are two commits then. */
const limits = { filesACommit: 2, entriesAFolder: 10_000 };

async function saveTwice(place: HubPlace, state: TestState): Promise<string> {
  await state.write("file", createRandom(1).bytes(200_000));
  const { snapshot } = await save({ store: await place.open(), password, ...state.request });
  await state.write("file", createRandom(2).bytes(200_000));
  return snapshot;
}

async function expectRestored(place: HubPlace, state: TestState): Promise<void> {
  const to = state.temporary.at("to");
  await restore({ store: await place.open(), password, ...state.request, to, force: true });
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
  expect((await check({ store: await place.open(), password, readData: true })).errors).toEqual([]);
}

test("a save that ends between its commits leaves packs, and nothing that refers to them", async () => {
  await using place = await hubPlace();
  await using state = await openTestState();
  const first = await saveTwice(place, state);
  const before = await namesIn(await place.open(), "");
  const killed = new AbortController();
  const kill = async (): Promise<void> => {
    killed.abort();
    throw new Error("nothing is sent any more");
  };
  const store = await place.open({ limits, fetch: beforeCommit(2, kill) });
  await failure(save({ store, password, ...state.request, signal: killed.signal }), "CANCELLED");
  const added = (await namesIn(await place.open(), "")).filter((name) => !before.includes(name));
  expect(added).toHaveLength(2);
  expect(added.every((name) => name.startsWith("data/"))).toBe(true);
  const access = { store: await place.open(), password };
  expect((await snapshots(access)).snapshots.map(({ id }) => id)).toEqual([first]);
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  await save({ ...access, ...state.request });
  await expectRestored(place, state);
});

test("a save is made anew when a prune between its commits has removed the first of its packs", async () => {
  await using place = await hubPlace();
  await using state = await openTestState();
  const first = await saveTwice(place, state);
  let removed = 0;
  const pruning = async (): Promise<void> => {
    const { packs } = await prune({ store: await place.open(), password, maxUnused: 0 });
    removed = packs.removed;
  };
  const store = await place.open({ limits, fetch: beforeCommit(2, pruning) });
  const { snapshot } = await save({ store, password, ...state.request });
  expect(removed).toBe(2);
  const { snapshots: listed } = await snapshots({ store: await place.open(), password });
  expect(listed.map(({ id }) => id)).toEqual([first, snapshot]);
  await expectRestored(place, state);
});
