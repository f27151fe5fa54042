import { chmod, mkdir, rm, symlink, utimes } from "node:fs/promises";
import { expect, test } from "vitest";
import { diff } from "../../src/operations/diff.ts";
import { save } from "../../src/operations/save.ts";
import { withCount, createRequestCounter } from "../../src/stores/count.ts";
import { openTestState } from "./state.ts";

async function changesOf(change: (state: Awaited<ReturnType<typeof openTestState>>) => Promise<void>) {
  await using state = await openTestState();
  await state.write("same/deep/file", "same");
  await state.write("file", "before");
  await state.write("folder/inside", "inside");
  await symlink("file", state.at("link"));
  const { snapshot: from } = await save({ ...state.access, ...state.request });
  await change(state);
  const { snapshot: to } = await save({ ...state.access, ...state.request });
  const forth = await diff({ ...state.access, from, to });
  const back = await diff({ ...state.access, from: to, to: from });
  const lines = ({ changes }: typeof forth): string[] =>
    changes.map(({ change: kind, path }) => `${kind} ${path.replace(`${state.folder}/`, "")}`);
  return { forth, lines: lines(forth), back: lines(back) };
}

test("nothing changed", async () => {
  expect((await changesOf(async () => undefined)).forth).toMatchObject({
    changes: [],
    totals: { added: { entries: 0, bytes: 0 }, metadata: { entries: 0, bytes: 0 } },
  });
});

test("added, removed and modified, with sizes", async () => {
  const { forth, lines, back } = await changesOf(async (state) => {
    await state.write("file", "afterwards");
    await state.write("new/file", "new");
    await rm(state.at("folder"), { recursive: true });
  });
  expect(lines).toEqual([
    "modified file",
    "removed folder",
    "removed folder/inside",
    "added new",
    "added new/file",
  ]);
  expect(back).toEqual([
    "modified file",
    "added folder",
    "added folder/inside",
    "removed new",
    "removed new/file",
  ]);
  expect(forth.totals).toMatchObject({
    added: { entries: 2, bytes: 3 },
    removed: { entries: 2, bytes: 6 },
    modified: { entries: 1, bytes: 10 },
  });
  expect(forth.changes.find(({ path }) => path.endsWith("/file"))).toMatchObject({
    folder: false,
    bytes_before: 6,
    bytes_after: 10,
  });
});

test("another type, with what was below it", async () => {
  const { lines, back } = await changesOf(async (state) => {
    await rm(state.at("folder"), { recursive: true });
    await state.write("folder", "a file now");
    await rm(state.at("link"));
    await mkdir(state.at("link"));
  });
  expect(lines).toEqual(["type folder", "removed folder/inside", "type link"]);
  expect(back).toEqual(["type folder", "added folder/inside", "type link"]);
});

test("metadata only: mode and time, of files and folders, but not the time of a folder", async () => {
  const { lines } = await changesOf(async (state) => {
    await utimes(state.at("file"), 1, 1);
    await chmod(state.at("folder"), 0o700);
    await utimes(state.at("same"), 1, 1);
  });
  expect(lines).toEqual(["metadata file", "metadata folder"]);
});

test("a link that points elsewhere is modified", async () => {
  const { lines } = await changesOf(async (state) => {
    await rm(state.at("link"));
    await symlink("folder", state.at("link"));
  });
  expect(lines).toEqual(["modified link"]);
});

test("`latest`, and an id that is not there", async () => {
  await using state = await openTestState();
  await state.write("file", "x");
  const { snapshot } = await save({ ...state.access, ...state.request });
  expect((await diff({ ...state.access, from: snapshot.slice(0, 6), to: "latest" })).to).toBe(snapshot);
  await expect(diff({ ...state.access, from: "ffff0000", to: "latest" })).rejects.toMatchObject({
    code: "NO_SNAPSHOT",
  });
});

test("equal folders are not looked into, however many there are", async () => {
  await using state = await openTestState();
  for (let i = 0; i < 50; i++) await state.write(`folder-${i}/file`, `${i}`);
  const { snapshot: from } = await save({ ...state.access, ...state.request });
  await state.write("folder-7/file", "changed");
  const { snapshot: to } = await save({ ...state.access, ...state.request });
  const counter = createRequestCounter();
  const store = withCount(state.access.store, counter);
  expect((await diff({ store, password: state.access.password, from, to })).changes).toHaveLength(1);
  expect(counter.requests).toBeLessThan(20);
});
