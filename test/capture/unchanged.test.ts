import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import { type RestoredFile, writeRestoredRecord } from "../../src/capture/restored-files.ts";
import type { SaveReport } from "../../src/capture/save.ts";
import { setAttribute, setModifiedTime } from "../support/syscalls.ts";
import { longAgo, savedContent, savedEntries, savedNames, type Scene, scene } from "./saving.ts";

function fill(place: Scene): void {
  writeFileSync(place.at("a"), "content of a");
  writeFileSync(place.at("deep", "b"), "content of b");
  symlinkSync("a", place.at("link"));
  mkdirSync(place.at("empty"));
}

describe("a save with nothing changed", () => {
  test("reads nothing, adds nothing and gives the same tree", async () => {
    await using place = await scene();
    fill(place);
    const first = await place.save();
    const second = await place.save({ parent: longAgo(first.snapshot) });
    expect(second.snapshot.tree).toBe(first.snapshot.tree);
    expect(second.counts).toMatchObject({
      readBytes: 0,
      filesUnchanged: 2,
      filesNew: 0,
      filesChanged: 0,
      stateBytes: 24,
    });
    expect(second.addedBytes).toBe(0);
    expect(second.snapshot.summary).toMatchObject({ dataBlobs: 0, treeBlobs: 0, filesUnmodified: 2 });
  });

  test("right after another reads again what may have changed since, and adds nothing", async () => {
    await using place = await scene();
    fill(place);
    const first = await place.save();
    const second = await place.save({ parent: { ...first.snapshot, timeNs: oldestChange(place) } });
    expect(second.counts).toMatchObject({ readBytes: 24, filesUnchanged: 2, filesChanged: 0 });
    expect(second.addedBytes).toBe(0);
    expect(second.snapshot.tree).toBe(first.snapshot.tree);
  });
});

describe("a file is read again when", () => {
  async function changed(
    change: (path: string) => void,
  ): Promise<{ before: SaveReport; after: SaveReport; content: string }> {
    await using place = await scene();
    fill(place);
    const before = await place.save();
    change(place.at("a"));
    const after = await place.save({ parent: longAgo(before.snapshot) });
    const entries = await savedEntries(place.repository, after.snapshot);
    return { before, after, content: (await savedContent(place.repository, entries.get("a"))).toString() };
  }

  test("its content changed, and size and time of modification did not", async () => {
    const { after, content } = await changed((path) => {
      const { mtimeNs } = lstatSync(path, { bigint: true });
      writeFileSync(path, "CONTENT OF A");
      setModifiedTime(Buffer.from(path), mtimeNs);
    });
    expect(content).toBe("CONTENT OF A");
    expect(after.counts).toMatchObject({ readBytes: 12, filesChanged: 1, filesUnchanged: 1 });
  });

  test("it was touched: nothing is stored but its time", async () => {
    const { after, content } = await changed((path) => utimesSync(path, 5, 5));
    expect(content).toBe("content of a");
    expect(after.counts).toMatchObject({ readBytes: 12, filesChanged: 1 });
    expect(after.snapshot.summary?.dataBlobs).toBe(0);
  });

  test("another file has its name, size and time", async () => {
    const { after, content } = await changed((path) => {
      const { mtimeNs } = lstatSync(path, { bigint: true });
      writeFileSync(`${path}2`, "another file");
      setModifiedTime(Buffer.from(`${path}2`), mtimeNs);
      renameSync(`${path}2`, path);
    });
    expect(content).toBe("another file");
    expect(after.counts.readBytes).toBe(12);
  });

  test("it has got an attribute", async () => {
    const { before, after } = await changed((path) =>
      setAttribute(Buffer.from(path), "user.note", Buffer.from("x")),
    );
    expect(after.counts.readBytes).toBe(12);
    expect(after.snapshot.tree).not.toBe(before.snapshot.tree);
  });
});

test("what was added, removed, renamed or became something else is seen", async () => {
  await using place = await scene();
  fill(place);
  const first = await place.save();
  writeFileSync(place.at("new"), "new");
  rmSync(place.at("link"));
  mkdirSync(place.at("link"));
  renameSync(place.at("deep"), place.at("deeper"));
  rmSync(place.at("empty"), { recursive: true });
  const second = await place.save({ parent: longAgo(first.snapshot) });
  expect(await savedNames(place.repository, second.snapshot)).toEqual([
    "a",
    "deeper",
    "deeper/b",
    "link",
    "new",
  ]);
  expect(second.counts).toMatchObject({ filesNew: 2, filesUnchanged: 1 });
  expect((await savedEntries(place.repository, second.snapshot)).get("link")?.type).toBe("dir");
});

test("a file whose data the repository has lost is read again", async () => {
  await using place = await scene();
  fill(place);
  const first = await place.save();
  const { store } = place.repository;
  for await (const { name } of store.list("")) if (!name.startsWith("snapshots/")) await store.remove([name]);
  const second = await place.save({ parent: longAgo(first.snapshot) });
  expect(second.counts.readBytes).toBe(24);
  expect(await savedNames(place.repository, second.snapshot)).toEqual([
    "a",
    "deep",
    "deep/b",
    "empty",
    "link",
  ]);
});

describe("after a restore on another machine", () => {
  /** A state whose inodes and times of change are not those of its snapshot, and a record that says so. */
  async function restored(place: Scene, parent: SaveReport): Promise<string> {
    const cacheFolder = place.beside("cache");
    const files: RestoredFile[] = [];
    const paths = ["", ...(await savedNames(place.repository, parent.snapshot))];
    for (const path of paths.slice(1).toReversed()) remake(place.at(path));
    for (const path of paths) {
      const { ino: inode, ctimeNs } = lstatSync(path === "" ? place.state : place.at(path), { bigint: true });
      files.push({ path: fromText(path), inode, ctimeNs });
    }
    const { repository, state } = place;
    await writeRestoredRecord(cacheFolder, {
      repository: repository.id,
      folder: state,
      snapshot: parent.snapshot.id,
      files,
    });
    return cacheFolder;
  }

  /** A new inode with the same content and time of modification. */
  function remake(path: string): void {
    const { mtimeNs } = lstatSync(path, { bigint: true });
    const folder = path.slice(0, path.lastIndexOf("/"));
    const folderTimeNs = lstatSync(folder, { bigint: true }).mtimeNs;
    if (lstatSync(path).isFile()) {
      writeFileSync(`${path}~`, "content of x".replace("x", path.slice(-1)));
      renameSync(`${path}~`, path);
    }
    setModifiedTime(Buffer.from(path), mtimeNs);
    setModifiedTime(Buffer.from(folder), folderTimeNs);
  }

  async function restoredScene(): Promise<{ place: Scene; first: SaveReport; cacheFolder: string }> {
    const place = await scene();
    fill(place);
    const first = await place.save();
    return { place, first, cacheFolder: await restored(place, first) };
  }

  test("nothing is read, nothing is added, the tree is the same; and so again the next time", async () => {
    const { place, first, cacheFolder } = await restoredScene();
    await using _place = place;
    const before = await savedEntries(place.repository, first.snapshot);
    expect(lstatSync(place.at("a"), { bigint: true }).ino).not.toBe(before.get("a")?.inode);
    let parent = first.snapshot;
    for (let time = 0; time < 2; time += 1) {
      const report = await place.save({ parent: longAgo(parent), cacheFolder });
      expect(report.snapshot.tree).toBe(first.snapshot.tree);
      expect(report.counts).toMatchObject({ readBytes: 0, filesUnchanged: 2 });
      expect(report.addedBytes).toBe(0);
      parent = report.snapshot;
    }
  });

  test("without the record, or with one for another snapshot, everything is read: slow and right", async () => {
    const { place, first, cacheFolder } = await restoredScene();
    await using _place = place;
    const without = await place.save({ parent: longAgo(first.snapshot) });
    expect(without.counts.readBytes).toBe(24);
    const another = await place.save({ parent: longAgo(without.snapshot), cacheFolder });
    expect(another.counts.readBytes).toBe(0); // known as it was saved just now, not by the record
    const other = { ...longAgo(first.snapshot), id: without.snapshot.id };
    expect((await place.save({ parent: other, cacheFolder })).counts.readBytes).toBe(24);
  });

  test("a file that changed after the restore is read", async () => {
    const { place, first, cacheFolder } = await restoredScene();
    await using _place = place;
    const { mtimeNs } = lstatSync(place.at("a"), { bigint: true });
    writeFileSync(place.at("a"), "CONTENT OF A");
    setModifiedTime(Buffer.from(place.at("a")), mtimeNs);
    const report = await place.save({ parent: longAgo(first.snapshot), cacheFolder });
    expect(report.counts).toMatchObject({ readBytes: 12, filesChanged: 1, filesUnchanged: 1 });
    const entries = await savedEntries(place.repository, report.snapshot);
    expect((await savedContent(place.repository, entries.get("a"))).toString()).toBe("CONTENT OF A");
    // The changed one is known by its node from now on, the other one by the record.
    const next = await place.save({ parent: longAgo(report.snapshot), cacheFolder });
    expect(next.counts).toMatchObject({ readBytes: 0, filesUnchanged: 2 });
  });

  test("a damaged record is passed over", async () => {
    const { place, first, cacheFolder } = await restoredScene();
    await using _place = place;
    for (const name of readdirSync(cacheFolder)) {
      if (!name.endsWith(".snapshot")) writeFileSync(`${cacheFolder}/${name}`, "damaged");
    }
    const report = await place.save({ parent: longAgo(first.snapshot), cacheFolder });
    expect(report.counts.readBytes).toBe(24);
    expect(report.snapshot.tree).not.toBe(first.snapshot.tree);
  });

  test("hard links get the inodes of this machine, so that no two files are taken for one", async () => {
    await using place = await scene();
    writeFileSync(place.at("h"), "content of h");
    linkSync(place.at("h"), place.at("i"));
    const first = await place.save();
    const { mtimeNs } = lstatSync(place.at("h"), { bigint: true });
    rmSync(place.at("i"));
    remake(place.at("h"));
    linkSync(place.at("h"), place.at("i"));
    setModifiedTime(Buffer.from(place.at("h")), mtimeNs);
    const { ino: inode, ctimeNs } = lstatSync(place.at("h"), { bigint: true });
    const files = ["h", "i"].map((path) => ({ path: path as ByteString, inode, ctimeNs }));
    const cacheFolder = place.beside("cache");
    const { repository, state } = place;
    await writeRestoredRecord(cacheFolder, {
      repository: repository.id,
      folder: state,
      snapshot: first.snapshot.id,
      files,
    });
    const report = await place.save({ parent: longAgo(first.snapshot), cacheFolder });
    expect(report.counts).toMatchObject({ readBytes: 0, filesUnchanged: 2 });
    const entries = await savedEntries(place.repository, report.snapshot);
    for (const name of ["h", "i"])
      expect(entries.get(name)).toMatchObject({ inode, ctimeNs, links: 2, size: 12 });
  });
});

function oldestChange(place: Scene): bigint {
  const paths = ["a", "deep", "deep/b", "link", "empty"];
  const times = paths.map((path) => lstatSync(place.at(path), { bigint: true }).ctimeNs);
  return times.reduce((oldest, time) => (time < oldest ? time : oldest));
}
