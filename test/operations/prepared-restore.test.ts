import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ByteString } from "../../src/base/byte-string.ts";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { restoreFolders } from "../../src/restore/restore-folders.ts";
import { lockChromium, makeFiles } from "../browser/trees.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { makeFolder } from "../restore/made-snapshot.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openTestState } from "./state.ts";

const isRoot = process.geteuid?.() === 0;

test("the state itself is a profile: after its restore, only what was prepared is read again", async () => {
  await using state = await openTestState();
  await makeFiles(state.folder, ["Local State", "Default/Cookies", "Default/Local Storage/leveldb/CURRENT"]);
  await state.write("Default/Preferences", '{"a":1}');
  await lockChromium(state.folder);
  const options = { ...state.access, ...state.request };
  await save({ ...options, wholeProfiles: true });
  const result = await restore({ ...options, force: true, keepSessionCookies: true });
  expect(result.profiles).toMatchObject([
    {
      browser: "chromium",
      path: state.folder,
      profiles: ["Default"],
      removed_locks: ["SingletonLock", "SingletonSocket", "SingletonCookie"],
      session_cookies_kept: true,
    },
  ]);
  expect(readdirSync(state.folder).sort()).toEqual(["Default", "Local State"]);
  const { size } = lstatSync(state.at("Default/Preferences"));
  const again = await save(options);
  expect(again).toMatchObject({ files: { changed: 1, unchanged: 3 }, bytes: { read: size }, problems: [] });
});

test("a restore of no profile says so, and changes nothing", async () => {
  await using state = await openTestState();
  await makeFiles(state.folder, ["lock", "prefs.js", "data/SingletonLock"]);
  const options = { ...state.access, ...state.request };
  await save(options);
  const { profiles } = await restore({ ...options, force: true, keepSessionCookies: true });
  expect(profiles).toEqual([]);
  expect(readFileSync(state.at("lock"), "utf8")).toBe("lock");
  expect((await save(options)).files).toMatchObject({ changed: 0, unchanged: 3 });
});

test("when preparing fails, the old state stays, and nothing else", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("data"));
  writeFileSync(folder.at("data/old"), "old");
  const repository = scratchRepository();
  const node = await makeFolder(repository, [{ name: "new", content: ["new"] }]);
  const seen: ByteString[] = [];
  const restoring = restoreFolders(repository, {
    folders: [{ node, target: folder.at("data") }],
    force: true,
    beforeSwap: (folders) => {
      for (const { root } of folders) seen.push(...(readdirSync(root, "latin1") as ByteString[]));
      return Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    },
  });
  await expect(restoring).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(seen).toEqual(["new"]);
  expect(readdirSync(folder.path)).toEqual(["data"]);
  expect(readdirSync(folder.at("data"))).toEqual(["old"]);
});

test.skipIf(!isRoot)(
  "root restores: a profile goes to whom the folder belongs that was made for it",
  async () => {
    await using state = await openTestState();
    await makeFiles(state.folder, ["fox/cookies.sqlite", "fox/storage/a", "other"]);
    const options = { ...state.access, ...state.request };
    await save(options);
    const ownerIn = async (uid: number): Promise<readonly number[]> => {
      const to = state.temporary.at(`of-${uid}`);
      mkdirSync(to);
      chownSync(to, uid, uid);
      await restore({ ...options, to });
      return ["fox", "fox/cookies.sqlite", "fox/storage/a", "other"].map(
        (name) => lstatSync(`${to}/${name}`).uid,
      );
    };
    expect(await ownerIn(1000)).toEqual([1000, 1000, 1000, 0]);
    expect(await ownerIn(0)).toEqual([0, 0, 0, 0]);
    // what belongs to a user already stays that user's
    for (const name of ["", "fox", "fox/cookies.sqlite", "fox/storage"])
      chownSync(state.at(name), 1001, 1001);
    await save(options);
    expect((await ownerIn(1002)).slice(0, 2)).toEqual([1001, 1001]);
  },
);
