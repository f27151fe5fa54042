import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { BASE_FILE, readBase, writeBase } from "../../src/operations/base-record.ts";
import { openRepository } from "../../src/operations/open-repository.ts";
import type { ResumeResult } from "../../src/operations/resume-result.ts";
import { resume } from "../../src/operations/resume.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openTestState, type TestState } from "./state.ts";

/** When the image of a container was made. */
const OF_IMAGE = new Date("2026-01-01T00:00:00Z");

function resumeIn(state: TestState): Promise<ResumeResult> {
  const saving = { freeze: "never", cacheFolder: state.request.cacheFolder } as const;
  return resume({ ...state.access, ...state.request, saving });
}

async function saved(state: TestState, content: string): Promise<string> {
  await state.write("login", content);
  const { snapshot } = await save({ ...state.access, ...state.request, freeze: "never" });
  return snapshot;
}

test("what is saved comes back to an empty folder, and is known from then on", async () => {
  await using state = await openTestState();
  const snapshot = await saved(state, "one");
  await rm(state.folder, { recursive: true });
  expect(await resumeIn(state)).toMatchObject({
    outcome: "restored",
    snapshot: { id: snapshot },
    beside: null,
  });
  expect(await readFile(state.at("login"), "utf8")).toBe("one");
  expect(readBase([state.folder])?.snapshot).toBe(snapshot);
});

test("a state that goes on from the newest snapshot is left alone", async () => {
  await using state = await openTestState();
  await saved(state, "one");
  await rm(state.folder, { recursive: true });
  await resumeIn(state);
  await state.write("login", "newer than what is saved");
  expect(await resumeIn(state)).toMatchObject({ outcome: "kept", restored: null, beside: null });
  expect(await readFile(state.at("login"), "utf8")).toBe("newer than what is saved");
});

test("a state of unknown descent is saved beside before it is replaced, once", async () => {
  await using state = await openTestState();
  await saved(state, "one");
  const beside: (readonly string[] | undefined)[] = [];
  for (let start = 0; start < 2; start++) {
    // a container brings files along that are made anew each time, with the times that the image has
    await rm(state.folder, { recursive: true });
    await state.write("login", "of the image");
    await utimes(state.at("login"), OF_IMAGE, OF_IMAGE);
    beside.push((await resumeIn(state)).beside?.tags);
    expect(await readFile(state.at("login"), "utf8")).toBe("one");
  }
  expect(beside).toEqual([["replaced"], undefined]);
});

test("a state whose snapshot is no longer the newest becomes a fork", async () => {
  await using state = await openTestState();
  const first = await saved(state, "one");
  const { id: repository } = await openedAs(state);
  await saved(state, "by another instance");
  await state.write("login", "went on from one");
  writeBase([state.folder], { repository, snapshot: first });
  const result = await resumeIn(state);
  expect(result.beside?.fork).toBe(true);
  expect(result.outcome).toBe("restored");
  expect(await readFile(state.at("login"), "utf8")).toBe("by another instance");
});

test("where nothing is saved, what is there stays", async () => {
  await using state = await openTestState();
  await saved(state, "one");
  const all = await snapshots(state.access);
  for (const { id } of all.snapshots) await state.access.store.remove([`snapshots/${id}`]);
  await state.write("login", "first");
  expect(await resumeIn(state)).toMatchObject({ outcome: "nothing-saved", snapshot: null });
  expect(await readFile(state.at("login"), "utf8")).toBe("first");
});

test("a damaged snapshot is passed over", async () => {
  await using state = await openTestState();
  const older = await saved(state, "older");
  const newer = await saved(state, "newer");
  await state.access.store.write([{ name: `snapshots/${newer}`, bytes: new Uint8Array(64) }]);
  await rm(state.folder, { recursive: true });
  const result = await resumeIn(state);
  expect(result.restored).toMatchObject({ snapshot: older, fell_back_from: newer });
});

test("the record is no part of what is saved, and leaves the times of the folder alone", async () => {
  await using state = await openTestState();
  const first = await saved(state, "one");
  const { id: repository } = await openedAs(state);
  writeBase([state.folder], { repository, snapshot: first });
  expect(await readdir(state.folder)).toContain(BASE_FILE);
  const again = await save({ ...state.access, ...state.request, freeze: "never", unlessUnchanged: true });
  expect(again).toMatchObject({ unchanged: true, snapshot: first });
});

test("a record that is cut short, or of another repository, says nothing", async () => {
  await using state = await openTestState();
  await saved(state, "one");
  await writeFile(state.at(BASE_FILE), '{"repository":"');
  expect(readBase([state.folder])).toBe(null);
  writeBase([state.folder], { repository: "of another one", snapshot: "abc" });
  expect((await resumeIn(state)).outcome).toBe("restored");
});

async function openedAs({ access }: TestState): Promise<{ readonly id: string }> {
  await using repository = await openRepository(access);
  return { id: repository.id };
}
