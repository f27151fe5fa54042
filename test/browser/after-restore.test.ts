import { chmodSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type PreparationOptions, prepareProfiles } from "../../src/browser/after-restore.ts";
import type { FirefoxVersion } from "../../src/browser/profile-version.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { describeTree } from "../support/describe-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { lockChromium, makeFiles } from "./trees.ts";

function options(changes: Partial<PreparationOptions> = {}): PreparationOptions {
  const none = { keepSessionCookies: false, owner: null, openModes: false };
  return { ...none, installed: () => Promise.resolve(null), ...changes };
}

const installed = (version: string, build = ""): PreparationOptions["installed"] => {
  return () => Promise.resolve<FirefoxVersion>({ version, build });
};

test("locks go, links that they point to stay, and folders keep their times", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["chrome/Local State", "fox/cookies.sqlite", "fox/.parentlock", "kept"]);
  await lockChromium(folder.at("chrome"));
  symlinkSync(folder.at("kept"), folder.at("fox/lock"));
  const before = ["chrome", "fox"].map((name) => lstatSync(folder.at(name), { bigint: true }).mtimeNs);
  expect(await prepareProfiles(folder.path, options())).toMatchObject([
    { relative: "chrome", removedLocks: ["SingletonLock", "SingletonSocket", "SingletonCookie"] },
    { relative: "fox", removedLocks: ["lock", ".parentlock"], changed: ["lock", ".parentlock"] },
  ]);
  expect(readdirSync(folder.at("chrome"))).toEqual(["Local State"]);
  expect(readdirSync(folder.at("fox"))).toEqual(["cookies.sqlite"]);
  expect(readFileSync(folder.at("kept"), "utf8")).toBe("kept");
  const after = ["chrome", "fox"].map((name) => lstatSync(folder.at(name), { bigint: true }).mtimeNs);
  expect(after).toEqual(before);
});

test("where there is nothing to do, nothing is changed", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["chrome/Local State", "chrome/Default/Cookies", "fox/cookies.sqlite"]);
  writeFileSync(folder.at("chrome/Default/Preferences"), '{"session":{"restore_on_startup":1}}');
  const before = describeTree(folder.path);
  const prepared = await prepareProfiles(folder.path, options({ keepSessionCookies: true }));
  expect(prepared.map(({ changed }) => changed)).toEqual([[], []]);
  expect(prepared.map(({ keepsSessionCookies }) => keepsSessionCookies)).toEqual([true, false]);
  expect(describeTree(folder.path)).toEqual(before);
});

test("Chromium is told in each profile to go on where it left off, and the rest of its preferences stays", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["Local State", "Default/x", "Profile 1/x", "Profile 2/Preferences"]);
  const rest = { a: { b: [1, "é", null] }, profile: { name: "x", exit_type: "Normal" } };
  writeFileSync(folder.at("Default/Preferences"), JSON.stringify(rest));
  writeFileSync(
    folder.at("Profile 1/Preferences"),
    '{"session":{"restore_on_startup":5,"startup_urls":["u"]}}',
  );
  chmodSync(folder.at("Default/Preferences"), 0o640);
  const [profile] = await prepareProfiles(folder.path, options({ keepSessionCookies: true }));
  // that of the second profile is damaged
  expect(profile?.changed).toEqual(["Default/Preferences", "Profile 1/Preferences"]);
  const read = (name: string): unknown => JSON.parse(readFileSync(folder.at(name), "utf8"));
  expect(read("Default/Preferences")).toEqual({
    a: rest.a,
    profile: { name: "x", exit_type: "Crashed" },
    session: { restore_on_startup: 1 },
  });
  expect(read("Profile 1/Preferences")).toMatchObject({
    session: { restore_on_startup: 1, startup_urls: ["u"] },
  });
  expect(readFileSync(folder.at("Profile 2/Preferences"), "utf8")).toBe("Profile 2/Preferences");
  expect(lstatSync(folder.at("Default/Preferences")).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder.at("Default")).sort()).toEqual(["Preferences", "x"]);
});

test("Firefox is told in its preferences, once, however often it is restored", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["cookies.sqlite", "user.js"]);
  const own = '// Mozilla User Preferences\n\nuser_pref("a.b", 1);\n';
  writeFileSync(folder.at("prefs.js"), `${own}user_pref("browser.startup.page", 0);\n`);
  const prepare = () => prepareProfiles(folder.path, options({ keepSessionCookies: true }));
  expect(await prepare()).toMatchObject([{ changed: ["prefs.js"], keepsSessionCookies: true }]);
  expect(readFileSync(folder.at("prefs.js"), "utf8")).toBe(
    `${own}user_pref("browser.startup.page", 3);\nuser_pref("browser.sessionstore.resume_session_once", true);\n`,
  );
  expect(await prepare()).toMatchObject([{ changed: [], keepsSessionCookies: true }]);
});

const INI = "[Compatibility]\nLastVersion=153.7.0_20261103151912/20261103151912\n";

test.each([
  ["as installed", installed("153.7.0", "20261103151912"), false, true],
  ["older", installed("154.0"), false, true],
  ["newer", installed("152.9.1"), true, false],
  ["a newer build", installed("153.7.0", "20261001000000"), true, false],
  ["newer than a beta of the same", installed("153.7.0b2"), true, false],
  ["not to be told", () => Promise.resolve(null), false, false],
])("a profile of a Firefox that is %s", async (_, found, isNewer, isKept) => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["cookies.sqlite"]);
  writeFileSync(folder.at("compatibility.ini"), INI);
  const [profile] = await prepareProfiles(folder.path, options({ installed: found }));
  expect(profile).toMatchObject({ version: "153.7.0", isNewer });
  expect(readdirSync(folder.path).includes("compatibility.ini")).toBe(isKept);
});

test.each([
  ["155.9.9.9", true],
  ["156.0.1.1", false],
  ["157.0.0.0", false],
])("a profile of Chromium 156 where %s is installed", async (version, isNewer) => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["Local State"]);
  writeFileSync(folder.at("Last Version"), "156.0.8078.79");
  const [profile] = await prepareProfiles(folder.path, options({ installed: installed(version) }));
  expect(profile).toMatchObject({
    version: "156.0.8078.79",
    installedVersion: version,
    isNewer,
    changed: [],
  });
});

function makeCookies(path: string, rows: readonly (readonly [host: string, start: string])[]): void {
  const database = openSqlite(path, { readOnly: false });
  database.exec("CREATE TABLE cookies (host_key TEXT, name TEXT, value TEXT, encrypted_value BLOB)");
  const insert = database.prepare("INSERT INTO cookies VALUES (?, 'n', '', ?)");
  for (const [host, start] of rows) insert.run(host, Buffer.from(`${start}\0\u0001\u0002`));
  database.close();
}

test("sites whose cookies a keyring has locked are named, wherever the database is", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["Default/Preferences", "Profile 1/Preferences", "Profile 1/Network/x"]);
  makeCookies(folder.at("Default/Cookies"), [
    [".b.example", "v11"],
    [".b.example", "v11"],
    ["c.example", "v10"],
  ]);
  makeCookies(folder.at("Profile 1/Network/Cookies"), [
    ["a.example", "v11"],
    ["d.example", ""],
  ]);
  writeFileSync(folder.at("Profile 1/Cookies"), "not a database");
  const before = describeTree(folder.path);
  const [profile] = await prepareProfiles(folder.path, options());
  expect(profile?.keyringSites).toEqual([".b.example", "a.example"]);
  expect(describeTree(folder.path)).toEqual(before);
});

test("what root saved read-only is open to the user who restores it, and no link is followed", async () => {
  await using folder = await temporaryFolder();
  await makeFiles(folder.path, ["fox/cookies.sqlite", "fox/storage/a", "outside"]);
  for (const name of ["fox/cookies.sqlite", "fox/storage/a", "outside"]) chmodSync(folder.at(name), 0o440);
  chmodSync(folder.at("fox/storage"), 0o555);
  symlinkSync(folder.at("outside"), folder.at("fox/link"));
  await prepareProfiles(folder.path, options({ openModes: true }));
  const modeOf = (name: string): number => lstatSync(folder.at(name)).mode & 0o777;
  expect(["fox/cookies.sqlite", "fox/storage", "fox/storage/a", "outside"].map(modeOf)).toEqual([
    0o640, 0o755, 0o640, 0o440,
  ]);
});
