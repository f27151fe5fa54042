import { chmod, mkdir, readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { check } from "../../src/operations/check.ts";
import { copy } from "../../src/operations/copy.ts";
import { addKey, changePassword, listKeys } from "../../src/operations/keys.ts";
import { openRepository } from "../../src/operations/open-repository.ts";
import { prune } from "../../src/operations/prune.ts";
import { forget } from "../../src/operations/forget.ts";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { acquireLock } from "../../src/repository/lock.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { createRandom } from "../support/random.ts";
import { openTestState, type TestState } from "./state.ts";

/** Files of repositories with so many saves: made once, because that takes longer than most copies. */
const made = new Map<number, Promise<ReadonlyMap<string, Buffer>>>();

async function savedState(saves = 2): Promise<TestState> {
  const files = made.get(saves) ?? makeRepository(saves);
  made.set(saves, files);
  const state = await openTestState();
  for (const [name, bytes] of await files) await state.access.store.write([{ name, bytes }]);
  return state;
}

async function makeRepository(saves: number): Promise<ReadonlyMap<string, Buffer>> {
  await using state = await openTestState();
  const random = createRandom(7);
  for (let number = 1; number <= saves; number += 1) {
    await state.write(`file-${number}`, random.bytes(200_000));
    await save({ ...state.access, ...state.request });
  }
  return await filesIn(state.access.store);
}

async function filesIn(store: Store): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const { name } of store.list("")) files.set(name, Buffer.from(await store.read(name)));
  return files;
}

/** A store whose calls a test may replace. */
function changed(inner: Store, changes: Partial<Store>): Store {
  return { ...inner, ...changes };
}

test("a copy holds the same files, but for locks and leases", async () => {
  await using state = await savedState();
  const { access } = state;
  await access.store.write([{ name: "leases/one", bytes: Buffer.from("x") }]);
  await access.store.write([{ name: "index/foreign", bytes: Buffer.from("x") }]);
  const store = openMemoryStore();
  const result = await copy({ from: access, to: { store } });
  const wanted = await filesIn(access.store);
  const files = new Map([...wanted].filter(([name]) => !["leases/one", "index/foreign"].includes(name)));
  expect(await filesIn(store)).toEqual(files);
  expect(result).toMatchObject({ created: true, damaged: [], verified: false, dry_run: false });
  expect(result.copied).toMatchObject({ snapshots: 2, files: files.size - 2 });
  expect(result.there).toEqual({ snapshots: 0, files: 0, bytes: 0 });
  expect((await check({ store, password: access.password, readData: true })).errors).toEqual([]);
});

test.each([
  ["shows batches at one instant", { hidesDeferred: true }],
  [
    "shows deferred files late, and knows conditions",
    { hidesDeferred: true, traits: { conditionalWrites: true } },
  ],
  ["shows one file after the other", { traits: { atomicBatch: false } }],
  ["cannot create only", { traits: { createOnly: false } }],
] as const)("a copy goes to a store that %s", async (_, options) => {
  await using state = await savedState();
  const store = openMemoryStore(options);
  await copy({ from: state.access, to: { store }, verify: true });
  const target = { store, password: state.access.password };
  expect((await check({ ...target, readData: true })).whole).toHaveLength(2);
  await restore({ ...target, state: ["data"], to: state.temporary.at("copy") });
});

test("a copy is brought up to date: what is there is not sent again, and nothing is removed", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  await copy({ from: state.access, to: { store } });
  const target = { store, password: state.access.password };
  await state.write("only-there", "x");
  const there = await save({ ...target, ...state.request });
  await state.write("only-here", "x");
  await forget({ ...state.access, keep: { last: 1 } });
  const here = await save({ ...state.access, ...state.request });
  const { copied, there: before, created } = await copy({ from: state.access, to: { store } });
  expect({ created, copied: copied.snapshots, before: before.snapshots }).toEqual({
    created: false,
    copied: 1,
    before: 1,
  });
  const ids = (await snapshots(target)).snapshots.map(({ id }) => id);
  expect(ids).toHaveLength(4);
  expect(ids).toEqual(expect.arrayContaining([there.snapshot, here.snapshot]));
  expect((await copy({ from: state.access, to: { store } })).copied.files).toBe(0);
});

test("a dry run writes nothing, not even a lock", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  const from = { ...state.access, store: changed(state.access.store, { write: refused, remove: refused }) };
  const result = await copy({ from, to: { store: changed(store, { write: refused }) }, dryRun: true });
  expect(result).toMatchObject({ created: true, dry_run: true, copied: { snapshots: 2 } });
  expect((await filesIn(store)).size).toBe(0);
});

async function refused(): Promise<never> {
  throw new Error("nothing was to be written");
}

test("a file that is damaged is left out and named, and the rest is copied", async () => {
  await using state = await savedState();
  const { store: source } = state.access;
  const pack = [...(await filesIn(source)).keys()].find((name) => name.startsWith("data/")) ?? "";
  const bytes = await source.read(pack);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  await source.write([{ name: pack, bytes }]);
  const store = openMemoryStore();
  const { damaged, copied } = await copy({ from: state.access, to: { store } });
  expect(damaged).toEqual([pack]);
  expect(copied.snapshots).toBe(2);
  const { errors } = await check({ store, password: state.access.password });
  expect(errors.map(({ kind }) => kind)).toContain("pack-missing");
});

test("bytes that only came over the line wrongly are asked for again", async () => {
  await using state = await savedState();
  const { store: inner } = state.access;
  const seen = new Set<string>();
  const from = changed(inner, {
    async read(name, range, options) {
      const bytes = await inner.read(name, range, options);
      if (name.startsWith("data/") && !seen.has(name)) bytes.fill(0, 0, 4);
      seen.add(name);
      return bytes;
    },
  });
  expect(
    await copy({ from: { ...state.access, store: from }, to: { store: openMemoryStore() } }),
  ).toMatchObject({
    damaged: [],
  });
});

test("what is damaged in the copy is found and replaced with verify", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  await copy({ from: state.access, to: { store } });
  for (const [name, bytes] of await filesIn(store)) {
    if (!/^(?:data|index|snapshots)\//.test(name)) continue;
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    await store.write([{ name, bytes }]);
  }
  expect((await copy({ from: state.access, to: { store } })).copied.files).toBe(0);
  const { copied, there, verified } = await copy({ from: state.access, to: { store }, verify: true });
  expect({ there: there.files, snapshots: copied.snapshots, verified }).toEqual({
    there: 0,
    snapshots: 2,
    verified: true,
  });
  const target = { store, password: state.access.password, readData: true };
  expect((await check(target)).errors).toEqual([]);
});

test("a target that does not keep what it was given is found with verify", async () => {
  await using state = await savedState();
  const inner = openMemoryStore();
  const store = changed(inner, {
    write: (files, options) =>
      inner.write(
        files.map(({ name, bytes }) => ({
          name,
          bytes: name.startsWith("data/") ? bytes.map((b) => b ^ 1) : bytes,
        })),
        options,
      ),
  });
  const copying = copy({ from: state.access, to: { store }, verify: true });
  await expect(copying).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  expect([...(await filesIn(inner)).keys()].filter((name) => /^(?:index|snapshots)/.test(name))).toEqual([]);
});

test("the place of another repository is refused, and left alone", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  await save({ store, password: state.access.password, ...state.request });
  const before = await filesIn(store);
  await expect(copy({ from: state.access, to: { store } })).rejects.toMatchObject({ code: "CONFIG" });
  expect(await filesIn(store)).toEqual(before);
});

test("the store itself is no place for its copy, whatever it is called", async () => {
  await using state = await savedState();
  const { store } = state.access;
  await expect(copy({ from: state.access, to: { store } })).rejects.toMatchObject({ code: "CONFIG" });
  const again = changed(store, { url: "memory:/again" });
  await expect(copy({ from: state.access, to: { store: again } })).rejects.toMatchObject({ code: "CONFIG" });
});

test("a copy is not made while either of the two is pruned", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  await copy({ from: state.access, to: { store } });
  for (const place of [state.access, { store, password: state.access.password }]) {
    await using repository = await openRepository(place);
    await using _lock = await acquireLock(repository.inner, { exclusive: true });
    await expect(copy({ from: state.access, to: { store } })).rejects.toMatchObject({ code: "LOCKED" });
  }
});

test("neither of the two is pruned while a copy is made", async () => {
  await using state = await savedState();
  const store = openMemoryStore();
  const outcomes: string[] = [];
  const from = changed(state.access.store, {
    async read(name, range, options) {
      if (name.startsWith("data/") && outcomes.length === 0) {
        outcomes.push("");
        for (const place of [state.access, { store, password: state.access.password }])
          outcomes.push(
            await prune(place).then(
              () => "pruned",
              (error: unknown) => (error as { code: string }).code,
            ),
          );
      }
      return state.access.store.read(name, range, options);
    },
  });
  await copy({ from: { ...state.access, store: from }, to: { store } });
  expect(outcomes).toEqual(["", "LOCKED", "LOCKED"]);
});

test("what a prune removes where no file can lock, is looked for again", async () => {
  await using state = await openTestState();
  const source = openMemoryStore({ traits: { conditionalWrites: true } });
  const access = { store: source, password: "correct horse" };
  const random = createRandom(7);
  for (const size of [300_000, 200_000]) {
    await state.write("file", random.bytes(size));
    await save({ ...access, ...state.request });
  }
  let hasPruned = false;
  const from = changed(source, {
    async read(name, range, options) {
      if (name.startsWith("index/") && !hasPruned) {
        hasPruned = true;
        await forget({ ...access, keep: { last: 1 } });
        await prune({ ...access, maxUnused: 0 });
      }
      return source.read(name, range, options);
    },
  });
  const store = openMemoryStore();
  // The index is read when packs were copied already, and is gone.
  await copy({ from: { ...access, store: from }, to: { store } });
  expect(hasPruned).toBe(true);
  const { errors, whole } = await check({ store, password: access.password, readData: true });
  expect({ errors, whole: whole.length }).toEqual({ errors: [], whole: 1 });
});

test("a source that cannot be written to is copied without a lock", async () => {
  await using state = await savedState();
  const from = changed(state.access.store, {
    async write() {
      throw new HoldfastError({ code: "STORE_READ_ONLY", message: "the store is read-only" });
    },
  });
  const store = openMemoryStore();
  expect((await copy({ from: { ...state.access, store: from }, to: { store } })).copied.snapshots).toBe(2);
});

test("keys come with the first copy only", async () => {
  await using state = await savedState(1);
  await addKey({ ...state.access, newPassword: "second" });
  const store = openMemoryStore();
  await copy({ from: state.access, to: { store } });
  expect(await listKeys({ store, password: "second" })).toHaveLength(2);
  await changePassword({ store, password: "second", newPassword: "third" });
  await copy({ from: state.access, to: { store } });
  await expect(listKeys({ store, password: "second" })).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

test("what everybody can open goes only to a private place, whichever password was given", async () => {
  await using state = await openTestState();
  const access = { store: state.temporary.at("store"), password: "" };
  await save({ ...access, ...state.request });
  await addKey({ ...access, newPassword: "second" });
  const open = state.temporary.at("open");
  await mkdir(open);
  await chmod(open, 0o755);
  for (const password of ["", "second"]) {
    const copying = copy({ from: { ...access, password }, to: { store: open } });
    await expect(copying).rejects.toMatchObject({ code: "CONFIG" });
  }
  expect(await readdir(open)).toEqual([]);
  await copy({ from: access, to: { store: state.temporary.at("closed") } });
});

test("a copy that is given up ends, and the next one goes on where it was", async () => {
  await using state = await savedState(4);
  const store = openMemoryStore({ traits: { atomicBatch: false } });
  const controller = new AbortController();
  let packs = 0;
  const to = changed(store, {
    async write(files, options) {
      await store.write(files, options);
      if (files.some(({ name }) => name.startsWith("data/")) && (packs += 1) === 3) controller.abort();
    },
  });
  const cut = copy({ from: state.access, to: { store: to }, signal: controller.signal });
  await expect(cut).rejects.toMatchObject({ code: "CANCELLED" });
  const target = { store, password: state.access.password };
  expect((await snapshots(target)).snapshots).toEqual([]);
  for (const place of [store, state.access.store])
    expect([...(await filesIn(place)).keys()].filter((name) => name.startsWith("locks/"))).toEqual([]);
  const { there, copied } = await copy({ from: state.access, to: { store } });
  expect(there.files).toBeGreaterThan(0);
  expect(copied.snapshots).toBe(4);
  expect((await check({ ...target, readData: true })).errors).toEqual([]);
});
