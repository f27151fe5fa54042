import { describe, expect, test } from "vitest";
import { adopt } from "../../src/operations/adopt.ts";
import { check } from "../../src/operations/check.ts";
import { openOrCreateRepository } from "../../src/operations/open-repository.ts";
import { restore, type RestoreResult } from "../../src/operations/restore.ts";
import { save, type SaveRequest, type SaveResult } from "../../src/operations/save.ts";
import { type SnapshotInfo, snapshots } from "../../src/operations/snapshots.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { openTestState, type TestState } from "./state.ts";

interface Scene extends TestState {
  readonly store: Store;
  /** Saves a session with a name. */
  save(session: string, more?: Partial<SaveRequest>): Promise<SaveResult>;
  list(): Promise<readonly SnapshotInfo[]>;
  restore(query?: string): Promise<RestoreResult>;
}

async function scene(store: Store = openMemoryStore()): Promise<Scene> {
  const state = await openTestState();
  const access = { store, password: "x" };
  await using repository = await openOrCreateRepository(access);
  const own = { ...state.request, freeze: "never" } as const;
  return {
    ...state,
    store,
    async save(session, more) {
      await state.write("session", session);
      return save({ repository, ...own, ...more });
    },
    list: async () => (await snapshots({ repository })).snapshots,
    restore: (snapshot) =>
      restore({ repository, ...state.request, snapshot, to: state.temporary.at("to"), force: true }),
  };
}

/** A good state, and a fork that is newer. */
async function forked(place: Scene): Promise<{ readonly good: SaveResult; readonly fork: SaveResult }> {
  const first = await place.save("1");
  const good = await place.save("good");
  const fork = await place.save("fork", { base: first.snapshot, tags: ["nightly"] });
  return { good, fork };
}

const STORES: readonly (readonly [string, () => Store])[] = [
  ["a plain store", () => openMemoryStore()],
  ["a store that knows conditions", () => openMemoryStore({ traits: { conditionalWrites: true } })],
];

describe.each(STORES)("in %s", (_, open) => {
  test("a fork becomes the good state, is restored, and is gone", async () => {
    await using place = await scene(open());
    const { good, fork } = await forked(place);
    const access = { store: place.store, password: "x" };
    const result = await adopt({ ...access, state: [place.folder] });
    expect(result).toMatchObject({
      adopted: fork.snapshot,
      was: ["fork"],
      parent: good.snapshot,
      files: 1,
      bytes: 4,
    });
    const list = await place.list();
    expect(list.map(({ tags, fork: isFork }) => [tags, isFork])).toEqual([
      [[], false],
      [[], false],
      [["nightly"], false],
    ]);
    expect(await place.restore()).toMatchObject({ snapshot: result.snapshot, newer_beside: [] });
    // The instance whose state it is goes on, and so does one that restored it.
    expect(await place.save("fork 2", { base: fork.snapshot })).toMatchObject({
      fork: false,
      parent: result.snapshot,
    });
    await expect(adopt({ ...access, state: [place.folder] })).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
    expect(await check({ ...access, readData: true })).toMatchObject({ errors: [] });
  });

  test("whatever it is cut off at, doing it again ends the same", async () => {
    for (let cut = 1; cut <= 20; cut += 1) {
      await using place = await scene(open());
      const { good, fork } = await forked(place);
      let changes = 0;
      const dying = (): void => {
        changes += 1;
        if (changes >= cut) throw new Error("killed");
      };
      const store: Store = {
        ...place.store,
        async write(...call) {
          dying();
          await place.store.write(...call);
        },
        async remove(...call) {
          dying();
          await place.store.remove(...call);
        },
      };
      const request = { password: "x", state: [place.folder], snapshot: fork.snapshot };
      const isDone = await adopt({ ...request, store }).then(
        () => true,
        () => false,
      );
      const { snapshot: restored } = await place.restore();
      const adopted = isDone ? restored : (await adopt({ ...request, store: place.store })).snapshot;
      expect([good.snapshot, adopted]).toContain(restored);
      expect(await place.list()).toHaveLength(3);
      expect(await place.restore()).toMatchObject({ snapshot: adopted, bytes: 4 });
      if (isDone) return;
    }
    expect.unreachable("it never ended");
  });

  test("somebody who saves at the same moment is not pushed aside: the adopted one is newer than both", async () => {
    await using place = await scene(open());
    const { good, fork } = await forked(place);
    let rival: SaveResult | null = null;
    const store: Store = {
      ...place.store,
      async *list(prefix, options) {
        yield* place.store.list(prefix, options);
        if (prefix === "snapshots/") rival ??= await place.save("3", { base: good.snapshot });
      },
    };
    const result = await adopt({ store, password: "x", state: [place.folder], snapshot: fork.snapshot });
    expect(rival).toMatchObject({ fork: false });
    expect(result.parent).toBe((rival as SaveResult | null)?.snapshot);
    expect((await place.restore()).snapshot).toBe(result.snapshot);
  });
});

test("what a restore has replaced, and what is older than the good one, is adopted only by its name", async () => {
  await using place = await scene();
  const old = await place.save("quarantined", { beside: "quarantine" });
  await place.save("good");
  const replaced = await place.save("replaced", { beside: "replaced" });
  const request = { store: place.store, password: "x", state: [place.folder] };
  await expect(adopt(request)).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
  for (const { snapshot, tags } of [old, replaced]) {
    const result = await adopt({ ...request, snapshot: snapshot.slice(0, 12) });
    expect(result).toMatchObject({ adopted: snapshot, was: tags });
    expect((await place.restore()).snapshot).toBe(result.snapshot);
  }
});

test("a good one cannot be adopted, nor one that is not there", async () => {
  await using place = await scene();
  const { snapshot } = await place.save("good");
  const request = { store: place.store, password: "x", state: [place.folder] };
  await expect(adopt({ ...request, snapshot })).rejects.toMatchObject({ code: "CONFIG" });
  await expect(adopt({ ...request, snapshot: "latest" })).rejects.toMatchObject({ code: "CONFIG" });
  await expect(adopt({ ...request, snapshot: "abcdef" })).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
});

test("where nothing else is saved, what was made without the store becomes the good state", async () => {
  await using place = await scene();
  await place.save("alone", { beside: "quarantine" });
  const result = await adopt({ store: place.store, password: "x", state: [place.folder] });
  expect(result).toMatchObject({ parent: null, was: ["quarantine"] });
});

test("a restore says what is newer beside, and what the next save has to name", async () => {
  await using place = await scene();
  const { good, fork } = await forked(place);
  const quarantined = await place.save("quarantined", { beside: "quarantine" });
  await place.save("replaced", { beside: "replaced" });
  const result = await place.restore();
  expect(result).toMatchObject({ snapshot: good.snapshot, base: good.snapshot });
  expect(result.newer_beside.map(({ id, tag }) => [id, tag])).toEqual([
    [quarantined.snapshot, "quarantine"],
    [fork.snapshot, "fork"],
  ]);
  const named = await place.restore(fork.snapshot);
  expect(named).toMatchObject({ base: fork.snapshot, newer_beside: [] });
});

test("what follows a fallback takes the place of the damaged one", async () => {
  await using place = await scene();
  const first = await place.save("first");
  const packs = new Set((await names(place.store)).filter((name) => name.startsWith("data/")));
  const damaged = await place.save("second");
  await place.store.remove(
    (await names(place.store)).filter((name) => name.startsWith("data/") && !packs.has(name)),
  );
  const access = { store: place.store, password: "x" };
  const restored = await restore({ ...access, ...place.request, force: true, fallback: true });
  expect(restored).toMatchObject({
    snapshot: first.snapshot,
    fell_back_from: damaged.snapshot,
    base: damaged.snapshot,
  });
  const next = await place.save("third", { base: restored.base });
  expect(next).toMatchObject({ fork: false, parent: damaged.snapshot });
  expect(await place.restore()).toMatchObject({ snapshot: next.snapshot, bytes: 5 });
});

async function names(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list("")) found.push(name);
  return found;
}
