import { rm } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { check } from "../../src/operations/check.ts";
import { openOrCreateRepository, openRepository } from "../../src/operations/open-repository.ts";
import { restore } from "../../src/operations/restore.ts";
import { save, type SaveRequest, type SaveResult } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { openTestState, type TestState } from "./state.ts";

interface Scene extends TestState {
  readonly store: Store;
  save(more?: Partial<SaveRequest>, store?: Store): Promise<SaveResult>;
  names(): Promise<readonly string[]>;
}

const STORES: readonly (readonly [string, (state: TestState) => Store])[] = [
  ["a local store", (state) => openLocalStore(state.temporary.at("store"))],
  [
    "a store that knows conditions",
    () => openMemoryStore({ traits: { conditionalWrites: true }, hidesDeferred: true }),
  ],
];

describe.each(STORES)("in %s", (_, open) => {
  async function scene(): Promise<Scene> {
    const state = await openTestState();
    const store = open(state);
    await state.write("session", "logged in");
    const repository = await openOrCreateRepository({ store, password: "x" });
    return {
      ...state,
      store,
      save: (more, through) =>
        save({
          ...state.request,
          freeze: "never",
          ...(through === undefined ? { repository } : { store: through, password: "x" }),
          ...more,
        }),
      async names() {
        const names: string[] = [];
        for await (const { name } of store.list("")) names.push(name);
        return names.sort();
      },
    };
  }

  test("an unchanged state stores nothing, however often; a change is stored", async () => {
    await using place = await scene();
    const first = await place.save({ unlessUnchanged: true });
    expect(first).toMatchObject({ unchanged: false, fork: false });
    const before = await place.names();
    for (const base of [undefined, first.snapshot]) {
      const same = await place.save({ unlessUnchanged: true, base, tags: ["nightly"] });
      expect(same).toMatchObject({
        unchanged: true,
        snapshot: first.snapshot,
        parent: first.snapshot,
        tags: [],
        files: { unchanged: 1, new: 0 },
        bytes: { added: 0, stored: 0 },
      });
      expect(await place.names()).toEqual(before);
    }
    await place.write("session", "logged in again");
    expect(await place.save({ unlessUnchanged: true })).toMatchObject({
      unchanged: false,
      parent: first.snapshot,
    });
  });

  test("what is lost in the store is stored anew, although the state is the same", async () => {
    await using place = await scene();
    await place.save({ unlessUnchanged: true });
    await place.store.remove((await place.names()).filter((name) => /^(data|index)/.test(name)));
    const again = await place.save({ unlessUnchanged: true });
    expect(again.unchanged).toBe(false);
    // The one before may have other folders above the state, which are lost.
    const { whole } = await check({ store: place.store, password: "x", readData: true });
    expect(whole).toContain(again.snapshot);
  });

  test("with the newest one for its base a save goes on; with an older one it becomes a fork, and stays one", async () => {
    await using place = await scene();
    const first = await place.save({ base: null });
    await place.write("session", "2");
    const second = await place.save({ base: first.snapshot });
    expect(second).toMatchObject({ fork: false, parent: first.snapshot, tags: [] });
    await place.write("session", "of another instance");
    const fork = await place.save({ base: first.snapshot });
    expect(fork).toMatchObject({ fork: true, parent: first.snapshot, tags: ["fork"] });
    expect(await place.save({ base: fork.snapshot, unlessUnchanged: true })).toMatchObject({
      unchanged: true,
      snapshot: fork.snapshot,
    });
    await place.write("session", "of the other instance, later");
    const later = await place.save({ base: fork.snapshot, tags: ["nightly"] });
    expect(later).toMatchObject({ fork: true, parent: fork.snapshot, tags: ["nightly", "fork"] });
    const to = place.temporary.at("restored");
    expect(await restore({ store: place.store, password: "x", state: [place.folder], to })).toMatchObject({
      snapshot: second.snapshot,
    });
    await place.write("session", "3");
    expect(await place.save({ base: second.snapshot })).toMatchObject({
      fork: false,
      parent: second.snapshot,
    });
    expect(await place.save()).toMatchObject({ fork: false });
  });

  test("a login made anew does not take the place of one that is there", async () => {
    await using place = await scene();
    await place.save({ base: null });
    await place.write("session", "another login");
    expect(await place.save({ base: null })).toMatchObject({ fork: true, parent: null });
  });

  test("beside the good ones: with its tag, and not twice the same", async () => {
    await using place = await scene();
    const good = await place.save();
    const same = await place.save({ beside: "replaced", unlessUnchanged: true });
    expect(same).toMatchObject({ unchanged: true, snapshot: good.snapshot });
    await place.write("session", "from somewhere");
    const beside = await place.save({ beside: "replaced", unlessUnchanged: true, base: null });
    expect(beside).toMatchObject({ unchanged: false, tags: ["replaced"], fork: false, shrunk: false });
    const again = await place.save({ beside: "replaced", unlessUnchanged: true });
    expect(again).toMatchObject({ unchanged: true, snapshot: beside.snapshot });
    const other = await place.save({ beside: "quarantine", unlessUnchanged: true });
    expect(other).toMatchObject({ unchanged: false, tags: ["quarantine"] });
    await rm(place.at("session"));
    expect(await place.save({ beside: "quarantine" })).toMatchObject({ tags: ["quarantine"], shrunk: false });
  });

  test("a state that had shrunk is stored once, does not leave the line, and goes back to it", async () => {
    await using place = await scene();
    const good = await place.save({ base: null });
    await rm(place.at("session"));
    const shrunk = await place.save({ base: good.snapshot, unlessUnchanged: true });
    expect(shrunk).toMatchObject({ shrunk: true, fork: false, tags: ["shrunk"] });
    for (const base of [good.snapshot, shrunk.snapshot])
      expect(await place.save({ base, unlessUnchanged: true })).toMatchObject({
        unchanged: true,
        snapshot: shrunk.snapshot,
        shrunk: true,
      });
    await place.write("session", "logged in again");
    expect(await place.save({ base: shrunk.snapshot, unlessUnchanged: true })).toMatchObject({
      shrunk: false,
      fork: false,
      parent: good.snapshot,
    });
  });

  test("a snapshot that comes while the state is read makes a fork too", async () => {
    await using place = await scene();
    const base = (await place.save({ base: null })).snapshot;
    await place.write("session", "2");
    let rival: SaveResult | null = null;
    const store: Store = {
      ...place.store,
      // Asked for once the state is about to be looked at: the other one is faster.
      async *list(prefix, options) {
        yield* place.store.list(prefix, options);
        if (prefix === "index/") rival ??= await place.save({ base });
      },
    };
    const result = await place.save({ base }, store);
    expect(rival).toMatchObject({ fork: false, tags: [] });
    expect(result).toMatchObject({ fork: true, tags: ["fork"], parent: base });
    const { snapshots: list } = await snapshots({ store: place.store, password: "x" });
    expect(list.map(({ tags }) => tags)).toEqual([[], [], ["fork"]]);
  });

  test("a clock that goes back does not hide what is newer", async () => {
    await using place = await scene();
    const first = await place.save();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 24 * 60 * 60_000 });
    try {
      await place.write("session", "yesterday");
      const second = await place.save({ base: first.snapshot });
      const unchanged = await place.save({ base: second.snapshot, unlessUnchanged: true });
      expect(unchanged).toMatchObject({ unchanged: true, snapshot: second.snapshot });
      await using repository = await openRepository({ store: place.store, password: "x" });
      const list = (await snapshots({ repository })).snapshots;
      expect(list.map(({ id }) => id)).toEqual([first.snapshot, second.snapshot]);
    } finally {
      vi.useRealTimers();
    }
  });
});
