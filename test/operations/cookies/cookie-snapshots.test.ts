import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatDocument, type JarOrigin } from "../../../src/browser/jar-document.ts";
import { createProfile } from "../../../src/browser/databases/profile.ts";
import { saveMadeFiles } from "../../../src/capture/save-made-files.ts";
import { exportCookies } from "../../../src/operations/cookies/export-cookies.ts";
import { importCookies } from "../../../src/operations/cookies/import-cookies.ts";
import { readCookies } from "../../../src/operations/cookies/read-cookies.ts";
import { restoreCookies } from "../../../src/operations/cookies/restore-cookies.ts";
import { saveCookies } from "../../../src/operations/cookies/save-cookies.ts";
import { forget } from "../../../src/operations/forget.ts";
import { ls } from "../../../src/operations/ls.ts";
import { openRepository } from "../../../src/operations/open-repository.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import { openTestState, type TestState } from "../state.ts";
import { testCookie } from "./test-cookie.ts";

/** A state folder with one Firefox profile that has some cookies. */
async function stateWithCookies(count: number): Promise<TestState> {
  const state = await openTestState();
  const cookies = Array.from({ length: count }, (_, index) => testCookie({ name: `c${index}` }));
  await createProfile("firefox", state.at("firefox"), cookies);
  return state;
}

async function namesIn(state: TestState, profile = "firefox"): Promise<string[]> {
  const { jar } = await readCookies({ state: [state.folder], profile });
  return jar.cookies.map(({ name }) => name).sort();
}

test("cookies come back into the profile that is there, beside its others", async () => {
  await using state = await stateWithCookies(2);
  const saved = await saveCookies({ ...state.access, ...state.request });
  expect(saved).toMatchObject({ parent: null, tags: ["cookies"], shrunk: false, files: { total: 1 } });
  expect(saved.bytes.stored).toBeLessThan(8 * 1024);
  await rm(state.at("firefox"), { recursive: true });
  await createProfile("firefox", state.at("firefox"), [testCookie({ name: "other" })]);
  const restored = await restoreCookies({ ...state.access, ...state.request });
  expect(restored).toMatchObject({
    snapshot: saved.snapshot,
    fell_back_from: null,
    profiles: [{ profile: state.at("firefox"), cookies: 2, origins: 0, expired: 0, created: false }],
  });
  expect(await namesIn(state)).toEqual(["c0", "c1", "other"]);
});

test("a profile that is gone is made anew, each kind as its own", async () => {
  await using state = await stateWithCookies(1);
  const from = { kind: "jar", jar: { cookies: [testCookie({ name: "d" })], localStorage: [] } } as const;
  await importCookies({ state: [state.folder], from, fresh: "chromium", profile: "second" });
  await saveCookies({ ...state.access, ...state.request });
  await rm(state.folder, { recursive: true });
  const { profiles } = await restoreCookies({ ...state.access, ...state.request });
  expect(profiles.map(({ profile, created }) => [profile, created])).toEqual([
    [state.at("firefox"), true],
    [state.at("second"), true],
  ]);
  expect(await namesIn(state)).toEqual(["c0"]);
  expect(await namesIn(state, "second")).toEqual(["d"]);
});

test.each(["chromium", "firefox"] as const)("localStorage of %s goes along", async (kind) => {
  await using state = await openTestState();
  const items = [{ name: "token", value: "文" }];
  const localStorage = [{ origin: "https://example.com", items }];
  const from = { kind: "jar", jar: { cookies: [testCookie({})], localStorage } } as const;
  const request = { state: [state.folder], profile: "mine" };
  const imported = await importCookies({ ...request, from, fresh: kind });
  expect(imported).toMatchObject({ cookies: 1, origins: 1, origins_left_out: 0 });
  const saved = await saveCookies({ ...state.access, ...state.request });
  expect(saved.profiles).toEqual([{ profile: "mine", cookies: 1, origins: 1, origins_left_out: 0 }]);
  expect((await saveCookies({ ...state.access, ...state.request })).bytes.added).toBe(0);
  await rm(state.folder, { recursive: true });
  const { profiles } = await restoreCookies({ ...state.access, ...state.request });
  expect(profiles).toMatchObject([{ cookies: 1, origins: 1, created: true }]);
  expect((await readCookies(request)).jar.localStorage).toEqual(localStorage);
  await restoreCookies({ ...state.access, ...state.request });
  expect((await readCookies({ ...request, domains: ["example.org"] })).jar.localStorage).toEqual([]);
});

test("localStorage that no variable holds is left out of a line, and said so", async () => {
  await using state = await openTestState();
  const items = [{ name: "large", value: "x".repeat(70_000) }];
  const localStorage = [{ origin: "https://example.com", items }];
  const from = { kind: "jar", jar: { cookies: [testCookie({})], localStorage } } as const;
  await importCookies({ state: [state.folder], from, fresh: "chromium" });
  const to = { kind: "line", password: "p" } as const;
  const exported = await exportCookies({ state: [state.folder], to });
  expect(exported).toMatchObject({ cookies: 1, origins: 0, left_out: { cookies: 0, origins: 1 } });
  const other = { state: [state.folder], fresh: "firefox", profile: "other" } as const;
  const back = await importCookies({ ...other, from: { ...to, line: exported.text ?? "" } });
  expect(back).toMatchObject({ cookies: 1, origins: 0 });
});

test("to another folder", async () => {
  await using state = await stateWithCookies(1);
  await saveCookies({ ...state.access, ...state.request });
  const to = state.temporary.at("elsewhere");
  const { profiles } = await restoreCookies({ ...state.access, ...state.request, to });
  expect(profiles).toMatchObject([{ profile: join(to, "firefox"), created: true }]);
});

test("nothing new is stored for the same cookies", async () => {
  await using state = await stateWithCookies(3);
  const first = await saveCookies({ ...state.access, ...state.request });
  const second = await saveCookies({ ...state.access, ...state.request });
  expect(second).toMatchObject({ parent: first.snapshot, bytes: { added: 0 }, files: { unchanged: 1 } });
});

test("the whole state and its cookies are never taken for each other", async () => {
  await using state = await stateWithCookies(2);
  await state.write("file", "whole");
  const given = { ...state.access, ...state.request };
  const whole = await save(given);
  const cookies = await saveCookies(given);
  // Neither is the parent of the other.
  expect(await save(given)).toMatchObject({ parent: whole.snapshot, shrunk: false });
  const newest = await saveCookies(given);
  expect(newest).toMatchObject({ parent: cookies.snapshot });

  await rm(state.folder, { recursive: true });
  await restore(given);
  expect(await readFile(state.at("file"), "utf8")).toBe("whole");
  expect((await readdir(state.folder)).sort()).toEqual(["file", "firefox"]);
  expect(
    (await ls({ ...given, snapshot: "latest", recursive: true })).some(({ path }) => path.endsWith("/file")),
  ).toBe(true);
  expect(await restoreCookies(given)).toMatchObject({ snapshot: newest.snapshot });

  // Named, each is refused where the other one is asked for.
  await expect(restore({ ...given, snapshot: cookies.snapshot, force: true })).rejects.toMatchObject({
    code: "CONFIG",
    message: expect.stringContaining("holds only cookies") as string,
  });
  await expect(restoreCookies({ ...given, snapshot: whole.snapshot })).rejects.toMatchObject({
    code: "CONFIG",
    message: expect.stringContaining("of whole folders") as string,
  });
  expect(await readFile(state.at("file"), "utf8")).toBe("whole");
});

test("a tag is not what tells them apart", async () => {
  await using state = await stateWithCookies(1);
  await state.write("file", "whole");
  const given = { ...state.access, ...state.request };
  const whole = await save({ ...given, tags: ["cookies"] });
  await rm(state.folder, { recursive: true });
  expect(await restore(given)).toMatchObject({ snapshot: whole.snapshot });
  await expect(restoreCookies(given)).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
});

test("where only cookies are saved, there is no whole state to take", async () => {
  await using state = await stateWithCookies(1);
  const given = { ...state.access, ...state.request };
  const { snapshot } = await saveCookies(given);
  await expect(restore({ ...given, force: true })).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
  const to = state.temporary.at("files");
  await restore({ ...given, snapshot, to });
  expect(await readdir(to)).toEqual(["firefox.json"]);
});

test("forgetting counts them apart, however it groups", async () => {
  await using state = await stateWithCookies(1);
  const given = { ...state.access, ...state.request };
  await save(given);
  await saveCookies(given);
  for (const groupBy of [["paths"], ["host"], []] as const) {
    expect(await forget({ ...given, keep: { last: 1 }, groupBy })).toMatchObject({ removed: [] });
  }
  expect((await snapshots(state.access)).snapshots).toHaveLength(2);
});

test("without a profile nothing is saved, and no repository made", async () => {
  await using state = await openTestState();
  await expect(saveCookies({ ...state.access, ...state.request })).rejects.toMatchObject({ code: "CONFIG" });
  await expect(snapshots(state.access)).rejects.toMatchObject({ code: "NO_REPOSITORY" });
});

test("a damaged snapshot of cookies changes nothing; an older one can stand in", async () => {
  await using state = await stateWithCookies(1);
  const given = { ...state.access, ...state.request };
  const { store } = state.access;
  const first = await saveCookies(given);
  const before = await namesOf(state);
  await importCookies({
    state: [state.folder],
    from: { kind: "jar", jar: { cookies: [testCookie({ name: "new" })], localStorage: [] } },
  });
  await saveCookies(given);
  for (const name of await namesOf(state)) if (!before.includes(name)) await store.remove([name]);
  await rm(state.folder, { recursive: true });
  await expect(restoreCookies(given)).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  await expect(readdir(state.folder)).rejects.toThrow("ENOENT");
  expect(await restoreCookies({ ...given, fallback: true })).toMatchObject({ snapshot: first.snapshot });
  expect(await namesIn(state)).toEqual(["c0"]);
});

async function namesOf({ access }: TestState): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of access.store.list("data/")) names.push(name);
  return names;
}

const FIREFOX: JarOrigin = { browser: "firefox", folder: "firefox", profile: null };

test.each<[what: string, origin: JarOrigin]>([
  ["a folder above", { ...FIREFOX, folder: "../outside" }],
  ["an absolute folder", { ...FIREFOX, folder: "/tmp/outside" }],
  ["a folder behind a link", { ...FIREFOX, folder: "link/outside" }],
  ["a link that leads nowhere yet", { ...FIREFOX, folder: "dangling" }],
  ["a byte that ends a path", { ...FIREFOX, folder: "a\0b" }],
  ["a profile above", { browser: "chromium", folder: "x", profile: "../../outside" }],
])("a snapshot cannot write to %s", async (_, origin) => {
  await using state = await stateWithCookies(1);
  const given = { ...state.access, ...state.request };
  await saveCookies(given);
  {
    await using repository = await openRepository(state.access);
    const jar = { cookies: [testCookie({})], localStorage: [] };
    const files = new Map([["x.json", Buffer.from(formatDocument({ origin, jar }))]]);
    const folders = [{ path: state.at("holdfast-cookies"), files }];
    const options = { folders, parent: null, tags: [], programVersion: "test" };
    await saveMadeFiles(repository.inner, options);
  }
  await mkdir(state.temporary.at("far"));
  await symlink(state.temporary.at("far"), state.at("link"));
  await symlink(state.temporary.at("outside"), state.at("dangling"));
  await expect(restoreCookies(given)).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  expect((await readdir(state.temporary.path)).sort()).toEqual(["data", "far"]);
  expect(await readdir(state.temporary.at("far"))).toEqual([]);
});
