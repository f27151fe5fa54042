import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { loadIndex } from "../../src/repository/index-files.ts";
import type { Node } from "../../src/repository/node.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { reopened } from "../repository/scratch.ts";
import { folderNode, longAgo, savedEntries, type Scene, scene } from "./saving.ts";

/** Makes a folder beside the usual state with one file in it. */
function makeFolder(place: Scene, ...segments: readonly string[]): string {
  const folder = place.beside(...segments);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "file"), `in ${segments.join("/")}`);
  return folder;
}

async function namesBelow(place: Scene, snapshot: Snapshot, folder: string): Promise<readonly string[]> {
  return [...(await savedEntries(place.repository, snapshot, folder)).keys()];
}

async function nodeAt(place: Scene, snapshot: Snapshot, path: string): Promise<Node | null> {
  const repository = reopened(place.repository);
  await loadIndex(repository);
  return folderNode(repository, snapshot, path);
}

test("several folders become one snapshot, each under its own path, and nothing beside them", async () => {
  await using place = await scene();
  const [one, two] = [makeFolder(place, "x", "one"), makeFolder(place, "two")];
  makeFolder(place, "not state");
  const { snapshot } = await place.save({ folders: [two, one] });
  expect(snapshot.paths).toEqual([two, one].sort());
  expect(await namesBelow(place, snapshot, one)).toEqual(["file"]);
  expect(await namesBelow(place, snapshot, two)).toEqual(["file"]);
  expect(await namesBelow(place, snapshot, place.beside())).toEqual([
    "two",
    "two/file",
    "x",
    "x/one",
    "x/one/file",
  ]);
});

test("a folder in another one is part of it", async () => {
  await using place = await scene();
  const outer = makeFolder(place, "outer");
  const inner = makeFolder(place, "outer", "inner");
  const similar = makeFolder(place, "outer-like");
  const { snapshot } = await place.save({ folders: [inner, outer, similar, outer] });
  expect(snapshot.paths).toEqual([outer, similar]);
  expect(await namesBelow(place, snapshot, outer)).toEqual(["file", "inner", "inner/file"]);
});

test("paths are made absolute and plain", async () => {
  await using place = await scene();
  const folder = makeFolder(place, "folder");
  const { snapshot } = await place.save({
    folders: [`${relative(process.cwd(), folder)}/`, `${folder}/../folder`],
  });
  expect(snapshot.paths).toEqual([folder]);
});

test("a folder that is a link is saved as a folder, under the name that it was given", async () => {
  await using place = await scene();
  const real = makeFolder(place, "real");
  symlinkSync(real, place.beside("link"));
  const { snapshot } = await place.save({ folders: [place.beside("link")] });
  expect(snapshot.paths).toEqual([place.beside("link")]);
  expect(await namesBelow(place, snapshot, place.beside("link"))).toEqual(["file"]);
  expect(await nodeAt(place, snapshot, place.beside("link"))).toMatchObject({
    type: "dir",
    linkTarget: null,
  });
});

test("an empty folder is a state too", async () => {
  await using place = await scene();
  const { snapshot, counts } = await place.save();
  expect(await namesBelow(place, snapshot, place.state)).toEqual([]);
  expect(counts).toMatchObject({ filesNew: 0, stateBytes: 0 });
});

describe("nothing is saved when", () => {
  async function refused(place: Scene, folders: readonly string[]): Promise<string> {
    const saving = place.save({ folders });
    const error: unknown = await saving.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "HoldfastError", code: "CONFIG" });
    const names: string[] = [];
    for await (const { name } of place.repository.store.list("")) names.push(name);
    expect(names).toEqual([]);
    return (error as Error).message;
  }

  test("a folder is missing, or is no folder", async () => {
    await using place = await scene();
    writeFileSync(place.beside("file"), "");
    symlinkSync("nowhere", place.beside("dangling"));
    for (const name of ["missing", "file", "dangling"]) {
      expect(await refused(place, [place.state, place.beside(name)])).toContain(place.beside(name));
    }
  });

  test("a folder in another one is missing", async () => {
    await using place = await scene();
    expect(await refused(place, [place.state, place.at("missing")])).toContain(place.at("missing"));
  });

  test("a folder in another one is a link that leads out of it: there it is a link, and its content would be lost", async () => {
    await using place = await scene();
    const elsewhere = makeFolder(place, "elsewhere");
    symlinkSync(elsewhere, place.at("link"));
    expect(await refused(place, [place.state, place.at("link")])).toContain(place.at("link"));
  });
});

test("a folder in another one may be a link to what is part of it", async () => {
  await using place = await scene();
  mkdirSync(place.at("real"));
  symlinkSync("real", place.at("link"));
  const { snapshot } = await place.save({ folders: [place.state, place.at("link")] });
  expect(snapshot.paths).toEqual([place.state]);
});

describe("the folders above the state", () => {
  test("stay as the parent snapshot has them, whatever becomes of them", async () => {
    await using place = await scene();
    const folder = makeFolder(place, "above", "state");
    const first = await place.save({ folders: [folder] });
    utimesSync(place.beside("above"), 5, 5);
    makeFolder(place, "above", "not state");
    const second = await place.save({ folders: [folder], parent: longAgo(first.snapshot) });
    expect(second.snapshot.tree).toBe(first.snapshot.tree);
    expect(second.addedBytes).toBe(0);
  });

  test("are folders, also where they are links", async () => {
    await using place = await scene();
    makeFolder(place, "real", "state");
    symlinkSync(place.beside("real"), place.beside("way"));
    const folder = place.beside("way", "state");
    const { snapshot } = await place.save({ folders: [folder] });
    expect(await nodeAt(place, snapshot, place.beside("way"))).toMatchObject({
      type: "dir",
      linkTarget: null,
    });
    expect(await namesBelow(place, snapshot, folder)).toEqual(["file"]);
  });
});

test("folders may come and go from one snapshot to the next", async () => {
  await using place = await scene();
  const [one, two] = [makeFolder(place, "one"), makeFolder(place, "two")];
  const first = await place.save({ folders: [one] });
  const second = await place.save({ folders: [one, two], parent: longAgo(first.snapshot) });
  expect(second.counts).toMatchObject({ filesNew: 1, filesUnchanged: 1, readBytes: "in two".length });
  rmSync(one, { recursive: true });
  const third = await place.save({ folders: [two], parent: longAgo(second.snapshot) });
  expect(third.counts).toMatchObject({ filesUnchanged: 1, readBytes: 0 });
  expect(await namesBelow(place, third.snapshot, place.beside())).toEqual(["two", "two/file"]);
});
