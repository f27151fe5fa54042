import { chmod, symlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ls } from "../../src/operations/ls.ts";
import { save } from "../../src/operations/save.ts";
import { findRestics } from "../support/peers.ts";
import { openTestState } from "./state.ts";

const restic = (await findRestics()).at(-1);

test("the saved folders, not what is below their folders", async () => {
  await using state = await openTestState();
  await state.write("folder/inside", "inside");
  await state.write("file", "content");
  await chmod(state.at("file"), 0o4751);
  await symlink("file", state.at("link"));
  await save({ ...state.access, ...state.request });
  const entries = await ls({ ...state.access, snapshot: "latest" });
  expect(entries).toMatchObject([
    { path: state.at("file"), path_raw: null, type: "file", mode: 0o4751, size: 7, link_target: null },
    { path: state.at("folder"), type: "dir", size: 0 },
    { path: state.at("link"), type: "symlink", link_target: "file" },
  ]);
  expect(Date.parse(entries[0]?.mtime ?? "")).toBeGreaterThan(Date.now() - 60_000);
});

test("a path: relative to the folder, absolute, a file, and everything below", async () => {
  await using state = await openTestState();
  await state.write("folder/sub/file", "1");
  const { snapshot } = await save({ ...state.access, ...state.request });
  const pathsAt = async (path?: string, recursive?: boolean): Promise<string[]> =>
    (await ls({ ...state.access, snapshot, path, recursive })).map((entry) => entry.path);
  expect(await pathsAt("folder")).toEqual([state.at("folder/sub")]);
  expect(await pathsAt("./folder/")).toEqual([state.at("folder/sub")]);
  expect(await pathsAt(state.at("folder"))).toEqual([state.at("folder/sub")]);
  expect(await pathsAt("folder/sub/file")).toEqual([state.at("folder/sub/file")]);
  expect(await pathsAt("folder", true)).toEqual([state.at("folder/sub"), state.at("folder/sub/file")]);
  expect(await pathsAt("/")).toHaveLength(1);
});

test.each(["nowhere", "folder/file/below", "/nowhere", "../folder"])("nothing is at %s", async (path) => {
  await using state = await openTestState();
  await state.write("folder/file", "1");
  await save({ ...state.access, ...state.request });
  await expect(ls({ ...state.access, snapshot: "latest", path })).rejects.toMatchObject({ code: "CONFIG" });
});

test("a name that is not UTF-8 comes with its bytes", async () => {
  await using state = await openTestState();
  const name = Buffer.concat([Buffer.from(`${state.folder}/caf`), Buffer.of(0xe9)]);
  await writeFile(name, "x");
  await save({ ...state.access, ...state.request });
  const [entry] = await ls({ ...state.access, snapshot: "latest" });
  expect(entry?.path.endsWith("caf\ufffd")).toBe(true);
  expect(Buffer.from(entry?.path_raw ?? "", "base64")).toEqual(name);
});

test.skipIf(restic === undefined)("what restic saved without the folders above it", async () => {
  await using state = await openTestState();
  await state.write("folder/file", "1");
  const repository = state.temporary.at("restic");
  const opened = restic?.open(repository, "pw");
  await opened?.init();
  await opened?.backup(state.folder);
  const access = { store: repository, password: "pw" };
  expect(await ls({ ...access, snapshot: "latest", path: "folder" })).toMatchObject([
    { path: state.at("folder/file"), type: "file", size: 1 },
  ]);
  expect(await ls({ ...access, snapshot: "latest" })).toMatchObject([
    { path: state.at("folder"), type: "dir" },
  ]);
});
