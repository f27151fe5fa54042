import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { ls } from "../../src/operations/ls.ts";
import { profiles, savedProfiles } from "../../src/operations/profiles.ts";
import { save } from "../../src/operations/save.ts";
import { lockChromium, makeFiles } from "../browser/trees.ts";
import { openTestState, type TestState } from "./state.ts";

const FILES = ["chrome/Local State", "chrome/Default/Preferences", "chrome/Default/Cookies", "app/Cache/x"];
const CACHES = ["chrome/Default/Cache/index", "chrome/Default/Favicons", "chrome/Default/LOG"];

async function openState(): Promise<TestState> {
  const state = await openTestState();
  await makeFiles(state.folder, [...FILES, ...CACHES]);
  await lockChromium(state.at("chrome"));
  return state;
}

/** Everything but folders that the newest snapshot holds, relative to the state. */
async function saved(state: TestState): Promise<string[]> {
  const entries = await ls({ ...state.access, snapshot: "latest", recursive: true });
  return entries.filter(({ type }) => type !== "dir").map(({ path }) => path.slice(state.folder.length + 1));
}

test("a save leaves out what the presets of the browsers in the state name, and nothing else", async () => {
  await using state = await openState();
  expect((await save({ ...state.access, ...state.request })).files.total).toBe(FILES.length);
  expect((await saved(state)).toSorted()).toEqual(FILES.toSorted());
  await save({ ...state.access, ...state.request, wholeProfiles: true });
  expect(await saved(state)).toEqual(expect.arrayContaining([...CACHES, "chrome/SingletonLock"]));
});

test("an ignore file and --include bring back what a preset leaves out; --exclude takes more away", async () => {
  await using state = await openState();
  await state.write(".holdfastignore", "!chrome/Default/Favicons\n!/chrome/SingletonLock\n");
  await save({ ...state.access, ...state.request, exclude: ["Local State"] });
  const kept = [".holdfastignore", "chrome/Default/Favicons", "chrome/SingletonLock"];
  const expected = [...FILES.filter((name) => !name.endsWith("Local State")), ...kept];
  expect((await saved(state)).toSorted()).toEqual(expected.toSorted());
  await save({ ...state.access, ...state.request, include: ["chrome/Default/Cache/"], allowShrink: true });
  expect(await saved(state)).toEqual(["chrome/Default/Cache/index"]);
});

test("when presets come or go, what stays is known for unchanged, and the state has not shrunk", async () => {
  await using state = await openState();
  await state.write("chrome/Default/Cache/large", Buffer.alloc(3 * 1024 * 1024, 1));
  const whole = await save({ ...state.access, ...state.request, wholeProfiles: true });
  const less = await save({ ...state.access, ...state.request });
  expect(less).toMatchObject({ parent: whole.snapshot, shrunk: false, bytes: { read: 0 } });
  expect(less.files).toEqual({ total: FILES.length, new: 0, changed: 0, unchanged: FILES.length });
  const more = await save({ ...state.access, ...state.request, wholeProfiles: true });
  expect(more).toMatchObject({ parent: less.snapshot, files: { changed: 0, unchanged: FILES.length } });
});

test("a profile that really has lost its content is still told apart", async () => {
  await using state = await openState();
  await state.write("chrome/Default/IndexedDB/large", Buffer.alloc(3 * 1024 * 1024, 1));
  await state.write("chrome/Default/Cache/large", Buffer.alloc(9 * 1024 * 1024, 1));
  await save({ ...state.access, ...state.request, wholeProfiles: true });
  await rm(state.at("chrome/Default/IndexedDB"), { recursive: true });
  expect(await save({ ...state.access, ...state.request })).toMatchObject({ shrunk: true });
});

test("profiles are shown with their sizes, on the disk and in a snapshot", async () => {
  await using state = await openState();
  await state.write("chrome/Last Version", "156.0.8078.79");
  await state.write("data/fox/cookies.sqlite", "x");
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + name.length, 0);
  const own = FILES.filter((name) => name.startsWith("chrome/"));
  const chrome = {
    browser: "chromium",
    path: state.at("chrome"),
    profiles: ["Default"],
    version: "156.0.8078.79",
    files: { whole: own.length + CACHES.length + 1, kept: own.length + 1 },
    bytes: { whole: sum(own) + sum(CACHES) + 13, kept: sum(own) + 13 },
  };
  const fox = { browser: "firefox", path: state.at("data/fox"), version: null, bytes: { whole: 1, kept: 1 } };
  expect(await profiles({ state: [state.folder] })).toMatchObject([chrome, fox]);
  await save({ ...state.access, ...state.request, wholeProfiles: true });
  expect(await savedProfiles({ ...state.access, snapshot: "latest" })).toMatchObject([chrome, fox]);
  await save({ ...state.access, ...state.request });
  const kept = { files: { whole: own.length + 1 }, bytes: { whole: sum(own) + 13 } };
  expect(await savedProfiles({ ...state.access, snapshot: "latest" })).toMatchObject([kept, fox]);
});
