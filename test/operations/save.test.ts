import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { rm, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { check } from "../../src/operations/check.ts";
import { openRepository } from "../../src/operations/open-repository.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openTestState } from "./state.ts";

const LARGE = Buffer.alloc(3 * 1024 * 1024, "not random, but large");

async function tagsOf(access: Parameters<typeof snapshots>[0]): Promise<(readonly string[])[]> {
  return (await snapshots(access)).snapshots.map(({ tags }) => tags);
}

test("the first save makes the repository, the second one has it for a parent", async () => {
  await using state = await openTestState();
  await state.write("a", "one");
  const first = await save({ ...state.access, ...state.request, tags: ["nightly"] });
  expect(first).toMatchObject({
    parent: null,
    created: true,
    shrunk: false,
    tags: ["nightly"],
    files: { total: 1, new: 1, changed: 0, unchanged: 0 },
    bytes: { state: 3, read: 3, added: expect.any(Number) as number, stored: expect.any(Number) as number },
    paused_ms: 0,
    problems: [],
  });
  await state.write("b", "four");
  const second = await save({ ...state.access, ...state.request });
  expect(second).toMatchObject({
    parent: first.snapshot,
    created: false,
    files: { total: 2, new: 1, changed: 0, unchanged: 1 },
    bytes: { state: 7 },
  });
});

test("a missing folder makes no repository", async () => {
  await using state = await openTestState();
  await rm(state.folder, { recursive: true });
  await expect(save({ ...state.access, ...state.request })).rejects.toMatchObject({ code: "CONFIG" });
  await expect(openRepository(state.access)).rejects.toMatchObject({ code: "NO_REPOSITORY" });
});

test("an emptied state is saved beside the good one, again and again, until it is allowed", async () => {
  await using state = await openTestState();
  await state.write("session", "logged in");
  const good = await save({ ...state.access, ...state.request });
  await rm(state.at("session"));
  for (let time = 0; time < 2; time++) {
    const empty = await save({ ...state.access, ...state.request, tags: ["nightly"] });
    expect(empty).toMatchObject({ shrunk: true, parent: good.snapshot, tags: ["nightly", "shrunk"] });
  }
  const allowed = await save({ ...state.access, ...state.request, allowShrink: true });
  expect(allowed).toMatchObject({ shrunk: false, tags: [] });
  expect(await save({ ...state.access, ...state.request })).toMatchObject({
    shrunk: false,
    parent: allowed.snapshot,
  });
});

test("a state that falls below half is saved beside the good one; once it is back, all is as before", async () => {
  await using state = await openTestState();
  await state.write("large", LARGE);
  const good = await save({ ...state.access, ...state.request });
  await state.write("large", LARGE.subarray(0, 1024 * 1024));
  expect(await save({ ...state.access, ...state.request })).toMatchObject({
    shrunk: true,
    parent: good.snapshot,
  });
  await state.write("large", LARGE);
  expect(await save({ ...state.access, ...state.request })).toMatchObject({
    shrunk: false,
    parent: good.snapshot,
  });
  expect(await tagsOf(state.access)).toEqual([[], ["shrunk"], []]);
});

test("other folders are another state", async () => {
  await using state = await openTestState();
  await state.write("one/large", LARGE);
  await state.write("two/small", "x");
  await save({ ...state.access, ...state.request, state: [state.at("one")] });
  const result = await save({ ...state.access, ...state.request, state: [state.at("two")] });
  expect(result).toMatchObject({ parent: null, shrunk: false });
});

test("a local store inside the state is not saved into itself, also behind a link", async () => {
  await using state = await openTestState();
  await state.write("a", "one");
  await state.write("elsewhere/b", "two");
  await symlink(state.at("elsewhere"), state.temporary.at("link"));
  const access = { store: state.temporary.at("link", "store"), password: "x" };
  await save({ ...access, ...state.request });
  expect(await save({ ...access, ...state.request })).toMatchObject({
    files: { total: 2, new: 0, unchanged: 2 },
  });
});

test("a save that is given up leaves no snapshot", async () => {
  await using state = await openTestState();
  await state.write("large", LARGE);
  const before = AbortSignal.abort();
  await expect(save({ ...state.access, ...state.request, signal: before })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await save({ ...state.access, ...state.request });
  await state.write("more", "x");
  const controller = new AbortController();
  const store = { ...state.access.store };
  const write = store.write.bind(store);
  store.write = (files, options) => {
    // The first thing that is written is the lock; then the state is read.
    controller.abort();
    return write(files, options);
  };
  const given = save({ store, password: state.access.password, ...state.request, signal: controller.signal });
  await expect(given).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await snapshots(state.access)).snapshots).toHaveLength(1);
});

test("a repository that stays open saves what others have saved meanwhile only once", async () => {
  await using state = await openTestState();
  await state.write("large", LARGE);
  await save({ ...state.access, ...state.request });
  await using repository = await openRepository(state.access);
  await save({ repository, ...state.request });
  await state.write("new", "added by another writer");
  await save({ ...state.access, ...state.request });
  const result = await save({ repository, ...state.request });
  expect(result).toMatchObject({ files: { new: 0 }, bytes: { added: 0 } });
  expect(result.requests).toBeLessThan(20);
});

test("two first saves at the same instant both succeed, into one repository", async () => {
  await using state = await openTestState();
  await state.write("a", "one");
  const results = await Promise.all([1, 2].map(() => save({ ...state.access, ...state.request })));
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  expect((await snapshots(state.access)).snapshots).toHaveLength(2);
});

test("a file that vanishes while the state is read is left out and reported; the rest is saved", async () => {
  await using state = await openTestState();
  await state.write("a-large", randomBytes(64 * 1024 * 1024));
  await state.write("z-fleeting", "here for now");
  const store = { ...state.access.store };
  const write = store.write.bind(store);
  store.write = (files, options) => {
    // The first pack is full long before the large file is read to its end.
    if (files.some(({ name }) => name.startsWith("data/"))) rmSync(state.at("z-fleeting"), { force: true });
    return write(files, options);
  };
  const result = await save({ store, password: state.access.password, ...state.request });
  expect(result.problems).toEqual([{ kind: "vanished", path: "z-fleeting", reason: null, kept: false }]);
  expect(result.files.total).toBe(1);
  expect(await check({ ...state.access, readData: true })).toMatchObject({ errors: [] });
});
