import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { clear } from "../../src/operations/clear.ts";
import { refuseHome } from "../../src/operations/empty-folder.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openTestState } from "./state.ts";

test("the state goes, its folder stays, and links in it are not followed", async () => {
  await using state = await openTestState();
  await state.write("folder/file", "x");
  await writeFile(state.temporary.at("outside"), "stays");
  await symlink(state.temporary.path, state.at("link"));
  expect(await clear({ state: [state.folder, state.temporary.at("missing")] })).toEqual({
    local: [state.folder],
    remote: null,
  });
  expect(await readdir(state.folder)).toEqual([]);
  expect(await readdir(state.temporary.path)).toContain("outside");
});

test("a store in the state stays, wherever it lies in it", async () => {
  await using state = await openTestState();
  await state.write("file", "x");
  await state.write("deep/file", "x");
  const store = state.at("deep/er/store");
  await mkdir(dirname(store));
  const access = { store, password: "x" };
  await save({ ...access, ...state.request });
  await clear({ state: [state.folder], keepStore: store });
  expect(await readdir(state.folder, { recursive: true })).not.toContain("file");
  expect(await readdir(state.at("deep"))).toEqual(["er"]);
  expect((await snapshots(access)).snapshots).toHaveLength(1);
});

test("a repository goes as a whole, and the next save makes a new one", async () => {
  await using state = await openTestState();
  await state.write("file", "x");
  await save({ ...state.access, ...state.request });
  const { local, remote } = await clear({ repository: state.access });
  expect(local).toBeNull();
  expect(remote).toMatchObject({ snapshots: 1 });
  for await (const { name } of state.access.store.list("")) throw new Error(`${name} is still there`);
  await expect(snapshots(state.access)).rejects.toMatchObject({ code: "NO_REPOSITORY" });
  expect(await save({ ...state.access, ...state.request })).toMatchObject({ created: true });
});

test("a wrong password keeps the state, too", async () => {
  await using state = await openTestState();
  await state.write("file", "x");
  await save({ ...state.access, ...state.request });
  const given = clear({ state: [state.folder], repository: { ...state.access, password: "wrong" } });
  await expect(given).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  expect(await readdir(state.folder)).toEqual(["file"]);
});

// Never through `clear` itself: should the rule fail one day, this must not be how it is found out.
test.each(["/", process.cwd(), dirname(process.cwd()), homedir()])("%s is no state of an app", (folder) => {
  expect(() => refuseHome(folder)).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
});

test("when one folder is no state, nothing at all is removed", async () => {
  await using state = await openTestState();
  await state.write("file", "x");
  await state.write("current/file", "x");
  await save({ ...state.access, ...state.request });
  const before = process.cwd();
  process.chdir(state.at("current"));
  try {
    const given = clear({ state: [state.temporary.at("other"), state.folder], repository: state.access });
    await expect(given).rejects.toMatchObject({ code: "CONFIG" });
  } finally {
    process.chdir(before);
  }
  expect(await readdir(state.folder)).toEqual(["current", "file"]);
  expect((await snapshots(state.access)).snapshots).toHaveLength(1);
});

test("a folder that only begins like the current one is a state", () => {
  expect(() => refuseHome(`${process.cwd()}-data`)).not.toThrow();
});
