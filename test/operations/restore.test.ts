import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { createRequestCounter, withCount } from "../../src/stores/count.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import type { Store } from "../../src/stores/store.ts";
import { watchedStore } from "../repository/watched-store.ts";
import { createRandom } from "../support/random.ts";
import { openTestState, type TestState } from "./state.ts";

async function savedTwice(state: TestState): Promise<{ readonly first: string; readonly second: string }> {
  await state.write("a", "one");
  await state.write("kept", Buffer.alloc(200_000, "kept"));
  const first = await save({ ...state.access, ...state.request });
  await state.write("a", "two");
  const second = await save({ ...state.access, ...state.request });
  return { first: first.snapshot, second: second.snapshot };
}

/** Removes all packs that were written after `before`. */
async function removePacks(store: Store, except: readonly string[]): Promise<void> {
  for await (const { name } of store.list("data/")) if (!except.includes(name)) await store.remove([name]);
}

async function packsOf(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("data/")) names.push(name);
  return names;
}

test("what was saved comes back to where it was, and the next save knows it", async () => {
  await using state = await openTestState();
  const { first, second } = await savedTwice(state);
  rmSync(state.folder, { recursive: true });
  const result = await restore({ ...state.access, ...state.request });
  expect(result).toMatchObject({
    snapshot: second,
    files: 2,
    bytes: 200_003,
    targets: [state.folder],
    skipped: [],
    fell_back_from: null,
    leftovers: [],
  });
  expect(readFileSync(state.at("a"), "utf8")).toBe("two");

  const again = await save({ ...state.access, ...state.request });
  expect(again).toMatchObject({ parent: second, files: { unchanged: 2 }, bytes: { read: 0, added: 0 } });

  const older = { ...state.access, ...state.request, snapshot: first.slice(0, 10) };
  await expect(restore(older)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  await restore({ ...older, force: true });
  expect(readFileSync(state.at("a"), "utf8")).toBe("one");
});

test("another place can be chosen; several folders become folders in it", async () => {
  await using state = await openTestState();
  await state.write("a", "one");
  const other = state.temporary.at("other");
  mkdirSync(other);
  await save({ ...state.access, ...state.request, state: [state.folder, other] });
  const to = state.temporary.at("to");
  const result = await restore({ ...state.access, ...state.request, to });
  expect(result.targets).toEqual([`${to}/data`, `${to}/other`]);
  expect(readFileSync(`${to}/data/a`, "utf8")).toBe("one");
});

test("the snapshot of other folders goes to the only state folder there is", async () => {
  await using state = await openTestState();
  await savedTwice(state);
  const moved = state.temporary.at("moved");
  const result = await restore({ ...state.access, ...state.request, state: [moved] });
  expect(result.targets).toEqual([moved]);
  expect(readdirSync(moved)).toEqual(["a", "kept"]);
});

test("latest is the newest of the state's own folders, before a newer one of others", async () => {
  await using state = await openTestState();
  const { second } = await savedTwice(state);
  const other = state.temporary.at("other");
  mkdirSync(other);
  await save({ ...state.access, ...state.request, state: [other] });
  const result = await restore({ ...state.access, ...state.request, force: true });
  expect(result.snapshot).toBe(second);
});

test("an empty store has no snapshot", async () => {
  await using state = await openTestState();
  await expect(restore({ ...state.access, ...state.request })).rejects.toMatchObject({
    code: "NO_REPOSITORY",
  });
});

test("damage changes nothing; the error names the older snapshot that is whole, and a fallback takes it", async () => {
  await using state = await openTestState();
  const { store } = state.access;
  await state.write("a", "one");
  const first = await save({ ...state.access, ...state.request });
  const whole = await packsOf(store);
  await state.write("a", "two");
  const second = await save({ ...state.access, ...state.request });
  await removePacks(store, whole);
  await state.write("a", "unsaved");

  const forced = { ...state.access, ...state.request, force: true };
  const error: unknown = await restore(forced).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "DATA_DAMAGED", exit: 5 });
  expect((error as Error).message).toContain(second.snapshot.slice(0, 8));
  expect((error as { hint: string }).hint).toContain(first.snapshot.slice(0, 8));
  expect(readFileSync(state.at("a"), "utf8")).toBe("unsaved");

  const result = await restore({ ...forced, fallback: true });
  expect(result).toMatchObject({ snapshot: first.snapshot, fell_back_from: second.snapshot });
  expect(readFileSync(state.at("a"), "utf8")).toBe("one");

  await removePacks(store, []);
  const hopeless: unknown = await restore({ ...forced, fallback: true }).catch((reason: unknown) => reason);
  expect(hopeless).toMatchObject({ code: "DATA_DAMAGED" });
  expect((hopeless as { hint: string }).hint).toContain("no older snapshot");
  expect(readFileSync(state.at("a"), "utf8")).toBe("one");
});

test("a snapshot file that cannot be read may be the newest one", async () => {
  await using state = await openTestState();
  const { store } = state.access;
  const { first, second } = await savedTwice(state);
  await store.write([{ name: `snapshots/${second}`, bytes: Buffer.from("damaged") }]);
  const forced = { ...state.access, ...state.request, force: true };
  await expect(restore(forced)).rejects.toMatchObject({
    code: "DATA_DAMAGED",
    hint: expect.stringContaining(first.slice(0, 8)) as string,
  });
  expect(await restore({ ...forced, fallback: true })).toMatchObject({
    snapshot: first,
    fell_back_from: second,
  });

  // one that a later snapshot goes back to is older than that one, and in nobody's way
  await store.remove([`snapshots/${second}`]);
  const third = await save({ ...state.access, ...state.request });
  await store.write([{ name: `snapshots/${first}`, bytes: Buffer.from("damaged") }]);
  expect(third.parent).toBe(first);
  expect(await restore(forced)).toMatchObject({ snapshot: third.snapshot, fell_back_from: null });
});

test("what was only wrong on the way is read again", async () => {
  await using state = await openTestState();
  const { second } = await savedTwice(state);
  let lies = 1;
  const store = watchedStore(state.access.store, {
    answer: (name, bytes) => (name.startsWith("data/") && lies-- > 0 ? new Uint8Array(bytes.length) : bytes),
  });
  const result = await restore({ ...state.access, store, ...state.request, force: true });
  expect(result).toMatchObject({ snapshot: second, fell_back_from: null });
});

test("a state that had shrunk is restored only when it is named", async () => {
  await using state = await openTestState();
  await state.write("large", Buffer.alloc(3_000_000, "large"));
  const good = await save({ ...state.access, ...state.request });
  rmSync(state.at("large"));
  const shrunk = await save({ ...state.access, ...state.request });
  const forced = { ...state.access, ...state.request, force: true };
  expect((await restore(forced)).snapshot).toBe(good.snapshot);
  expect((await restore({ ...forced, snapshot: shrunk.snapshot })).files).toBe(0);
});

test("a folder that holds the store is not replaced", async () => {
  await using state = await openTestState();
  await state.write("a", "one");
  const store = openLocalStore(state.at("store"));
  const access = { store, password: "correct horse" };
  await save({ ...access, ...state.request });
  await expect(restore({ ...access, ...state.request, force: true })).rejects.toMatchObject({
    code: "CONFIG",
  });
  expect((await snapshots(access)).snapshots).toHaveLength(1);
  await restore({ ...access, ...state.request, to: state.temporary.at("to") });
});

test("a cache that cannot be written is no failure", async () => {
  await using state = await openTestState();
  await savedTwice(state);
  await writeFile(state.temporary.at("file"), "");
  const cacheFolder = state.temporary.at("file", "cache");
  const result = await restore({ ...state.access, ...state.request, force: true, cacheFolder });
  expect(result.files).toBe(2);
});

test("a slow store is asked in few rounds, whatever the number of saves", async () => {
  await using state = await openTestState();
  for (let i = 0; i < 12; i++) {
    await state.write(`deeper/and/deeper/${i}`, Buffer.alloc(300_000, `${i}`));
    await save({ ...state.access, ...state.request });
  }
  // counted by time, as a slow store would be: calls of one round begin before any of them answers
  const counter = createRequestCounter();
  const slow = slowStore(state.access.store, 30);
  const { requests } = await restore({
    store: withCount(slow, counter),
    password: state.access.password,
    ...state.request,
    to: state.temporary.at("to"),
  });
  expect(counter.rounds).toBeLessThanOrEqual(5);
  expect(requests).toBe(counter.requests);
});

test("cancelled before it begins, it does nothing", async () => {
  await using state = await openTestState();
  await savedTwice(state);
  const before = lstatSync(state.folder, { bigint: true });
  const cancelled = restore({ ...state.access, ...state.request, force: true, signal: AbortSignal.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  expect(lstatSync(state.folder, { bigint: true }).ino).toBe(before.ino);
});

test("30 MB that cannot be compressed come from a slow store in five rounds", async () => {
  await using state = await openTestState();
  const random = createRandom(30);
  for (let i = 0; i < 300; i++) await state.write(`files/${i}`, random.bytes(random.between(1, 120_000)));
  for (let i = 0; i < 4; i++) await state.write(`large/${i}`, random.bytes(3_000_000));
  await save({ ...state.access, ...state.request });
  const counter = createRequestCounter();
  const store = withCount(slowStore(state.access.store, 100), counter);
  const { password } = state.access;
  await restore({ store, password, ...state.request, to: state.temporary.at("to") });
  expect(counter.rounds).toBeLessThanOrEqual(5);
});

function slowStore(inner: Store, delayMs: number): Store {
  return watchedStore(inner, { before: () => sleep(delayMs) });
}
