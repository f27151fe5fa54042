import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findProfiles } from "../../src/browser/find-profiles.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeFiles } from "./trees.ts";

const INI = "[Compatibility]\nLastVersion=135.0.1_20250601000000/20250601000000\n";

test("the folders of WebAI2API, several in one state, are found with their versions", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, [
    "data/config.yaml",
    "data/camoufoxUserData/prefs.js",
    "data/camoufoxUserData/times.json",
    "data/camoufoxUserData_mark/cookies.sqlite",
    "chrome/Default/Preferences",
    "chrome/Profile 2/Preferences",
    "chrome/Profile x/Preferences",
  ]);
  await writeFile(folder.at("data/camoufoxUserData/compatibility.ini"), INI);
  await writeFile(folder.at("chrome/Last Version"), "156.0.8078.79");
  expect(await findProfiles(folder.path)).toEqual([
    {
      kind: "chromium",
      path: folder.at("chrome"),
      relative: "chrome",
      profiles: ["Default", "Profile 2"],
      version: "156.0.8078.79",
    },
    {
      kind: "firefox",
      path: folder.at("data/camoufoxUserData"),
      relative: "data/camoufoxUserData",
      profiles: [],
      version: "135.0.1",
    },
    {
      kind: "firefox",
      path: folder.at("data/camoufoxUserData_mark"),
      relative: "data/camoufoxUserData_mark",
      profiles: [],
      version: null,
    },
  ]);
});

test.each([
  ["Chromium by its Local State", ["Local State"], "chromium", []],
  ["Chromium by its preferences", ["Default/Preferences"], "chromium", ["Default"]],
  ["a program with one profile", ["Local State", "Preferences", "Cookies"], "chromium", ["."]],
  ["a profile folder of Chromium alone", ["Preferences", "Local Storage/leveldb/CURRENT"], "chromium", ["."]],
  ["Firefox by its cookies", ["cookies.sqlite"], "firefox", []],
  ["Firefox that has no cookies yet", ["prefs.js", "times.json"], "firefox", []],
])("the state itself: %s", async (_, files, kind, profiles) => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, files);
  expect(await findProfiles(folder.path)).toEqual([
    { kind, path: folder.path, relative: "", profiles, version: null },
  ]);
});

test("the version of a Chromium without its file is that of its preferences", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("Default"));
  await writeFile(folder.at("Default/Preferences"), '{"extensions":{"last_chrome_version":"150.0.1.2"}}');
  expect(await findProfiles(folder.path)).toMatchObject([{ version: "150.0.1.2" }]);
});

test("what only looks like one, lies behind a link, in a cache, too deep or closed is none", async () => {
  await using folder = await temporaryFolder();
  await using elsewhere = await temporaryFolder();
  await makeFiles(elsewhere.path, ["cookies.sqlite"]);
  await makeFiles(folder.path, [
    "prefs.js",
    "one/times.json",
    "two/Default/other",
    "three/Preferences",
    "node_modules/x/cookies.sqlite",
    ".cache/x/cookies.sqlite",
    "1/2/3/4/5/6/7/cookies.sqlite",
    "closed/x/cookies.sqlite",
  ]);
  await symlink(elsewhere.path, folder.at("link"));
  await mkdir(folder.at("linked"));
  await symlink(elsewhere.at("cookies.sqlite"), folder.at("linked/cookies.sqlite"));
  await chmod(folder.at("closed"), 0);
  const found = await findProfiles(folder.path);
  // root may look into closed folders
  expect(found.filter(({ relative }) => !relative.startsWith("closed"))).toEqual([]);
  expect(await findProfiles(folder.at("missing"))).toEqual([]);
});

test("nothing is looked for in a profile", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["chrome/Local State", "chrome/Default/x/cookies.sqlite"]);
  expect(await findProfiles(folder.path)).toMatchObject([{ relative: "chrome" }]);
});
