import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import { joinPath } from "../../src/base/byte-path.ts";
import { type ByteString, fromText, toPath } from "../../src/base/byte-string.ts";
import { LongPaths } from "../../src/base/long-path.ts";
import type { Progress } from "../../src/base/progress.ts";
import { GO_MODE } from "../../src/repository/node.ts";
import { restoreFolders } from "../../src/restore/restore-folders.ts";
import { reopened, scratchRepository } from "../repository/scratch.ts";
import { watchedStore } from "../repository/watched-store.ts";
import { describeTree } from "../support/describe-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type MadeEntry, makeFolder } from "./made-snapshot.ts";

const isRoot = process.getuid?.() === 0;

async function restoredTo(target: string, entries: readonly MadeEntry[]): ReturnType<typeof restoreFolders> {
  const repository = scratchRepository();
  const node = await makeFolder(repository, entries);
  return restoreFolders(repository, { folders: [{ node, target }], force: false });
}

test("files come back with content, mode and times to the nanosecond", async () => {
  await using folder = await temporaryFolder();
  const large = Buffer.alloc(3_000_000, "large ");
  const report = await restoredTo(folder.at("data"), [
    { name: "empty", content: [] },
    { name: "one", content: ["1"], mode: 0o400 },
    { name: "closed", content: ["secret"], mode: 0 },
    { name: "open", content: ["for all"], mode: 0o777 },
    { name: "parts", content: [large, "middle", large, "end"], mode: 0o640 },
    { name: "old", content: ["x"], mtimeNs: -1n, atimeNs: -1_000_000_001n },
  ]);
  expect(report).toMatchObject({ files: 6, bytes: 6_000_024 });
  expect(statSync(folder.at("data", "one"), { bigint: true }).atimeNs).toBe(1_700_000_000_123_456_790n);
  const tree = describeTree(folder.at("data"));
  expect([...tree.keys()]).toEqual(["", "closed", "empty", "old", "one", "open", "parts"]);
  expect([...tree.values()].map(({ mode }) => mode)).toEqual([0o755, 0, 0o644, 0o644, 0o400, 0o777, 0o640]);
  expect(tree.get("one")?.mtimeNs).toBe(1_700_000_000_123_456_789n);
  expect(tree.get("old")?.mtimeNs).toBe(-1n);
  expect(tree.get("")?.mtimeNs).toBe(1_700_000_000_123_456_789n);
  expect(
    readFileSync(folder.at("data", "parts")).equals(
      Buffer.concat([large, Buffer.from("middle"), large, Buffer.from("end")]),
    ),
  ).toBe(true);
});

test("a content that is there many times is written everywhere", async () => {
  await using folder = await temporaryFolder();
  const names = Array.from({ length: 1200 }, (_, i) => `file-${i}`);
  await restoredTo(folder.at("data"), [
    ...names.map((name) => ({ name, content: ["same"] })),
    { name: "repeated", content: ["ab", "cd", "ab", "ab", "cd"] },
  ]);
  for (const name of names) expect(readFileSync(folder.at("data", name), "utf8")).toBe("same");
  expect(readFileSync(folder.at("data", "repeated"), "utf8")).toBe("abcdababcd");
});

test("zeros take no room, at the end of a file neither", async () => {
  await using folder = await temporaryFolder();
  const zeros = Buffer.alloc(4 * 1024 * 1024);
  await restoredTo(folder.at("data"), [
    { name: "middle", content: ["start", zeros, zeros, "end"] },
    { name: "tail", content: ["start", ...Array.from({ length: 500 }, () => zeros)] },
    { name: "all", content: [zeros] },
  ]);
  const tree = describeTree(folder.at("data"));
  expect(tree.get("middle")?.sizeBytes).toBe(2 * zeros.length + 8);
  expect(tree.get("tail")?.sizeBytes).toBe(500 * zeros.length + 5);
  expect(tree.get("all")?.sizeBytes).toBe(zeros.length);
  for (const name of ["middle", "tail", "all"]) expect(tree.get(name)?.allocatedBytes).toBeLessThan(100_000);
  expect(
    readFileSync(folder.at("data", "middle")).equals(
      Buffer.concat([Buffer.from("start"), zeros, zeros, Buffer.from("end")]),
    ),
  ).toBe(true);
});

test("set-id bits are dropped, the sticky bit of a folder is kept", async () => {
  await using folder = await temporaryFolder();
  await restoredTo(folder.at("data"), [
    { name: "suid", content: ["x"], mode: 0o755 + GO_MODE.setuid + GO_MODE.setgid + GO_MODE.sticky },
    {
      name: "folder",
      entries: [],
      mode: 0o777 + GO_MODE.dir + GO_MODE.setgid + GO_MODE.setuid + GO_MODE.sticky,
    },
  ]);
  expect(lstatSync(folder.at("data", "suid")).mode & 0o7777).toBe(0o755);
  expect(lstatSync(folder.at("data", "folder")).mode & 0o7777).toBe(0o1777);
});

test("links come back as they are, wherever they point; the same file under two names is one file", async () => {
  await using folder = await temporaryFolder();
  const linked = { inode: 7n, deviceId: 3n, links: 2 };
  const report = await restoredTo(folder.at("data"), [
    { name: "a", content: ["same"], ...linked },
    { name: "b", content: ["same"], ...linked },
    { name: "c", content: ["changed meanwhile"], ...linked },
    { name: "d", content: ["same"], ...linked, deviceId: 4n },
    { name: "dangling", linkTarget: "/nowhere/at all" },
    { name: "loop", linkTarget: "loop" },
    { name: "raw", linkTarget: Buffer.from([0x2f, 0xff, 0xfe]) },
  ]);
  expect(report.files).toBe(4);
  const tree = describeTree(folder.at("data"));
  expect(tree.get("b")?.sameFileAs).toBe("a");
  expect(tree.get("c")?.sameFileAs).toBeNull();
  expect(tree.get("d")?.sameFileAs).toBeNull();
  expect(readlinkSync(folder.at("data", "dangling"))).toBe("/nowhere/at all");
  expect(tree.get("loop")).toMatchObject({ target: "loop", mtimeNs: 1_700_000_000_123_456_789n });
  expect(tree.get("raw")?.target).toBe("/\xff\xfe");
});

test("pipes are made; devices and sockets are left out and reported", async () => {
  await using folder = await temporaryFolder();
  const report = await restoredTo(folder.at("data"), [
    { name: "pipe", type: "fifo", mode: 0o620 + GO_MODE.namedPipe },
    { name: "disk", type: "dev", device: 2049n },
    { name: "null", type: "chardev", device: 259n },
    { name: "socket", type: "socket" },
    { name: "door", type: "irregular" },
  ]);
  const tree = describeTree(folder.at("data"));
  expect([...tree.keys()]).toEqual(["", "pipe"]);
  expect(tree.get("pipe")).toMatchObject({ type: "fifo", mode: 0o620, mtimeNs: 1_700_000_000_123_456_789n });
  expect(report.folders[0]?.skipped.map(({ path, type }) => [path, type])).toEqual([
    ["disk", "dev"],
    ["null", "chardev"],
    ["socket", "socket"],
    ["door", "irregular"],
  ]);
});

test("attributes of users come back, those of the system do not", async () => {
  await using folder = await temporaryFolder();
  const attributes = [
    { name: "user.comment", value: Buffer.from([0, 1, 255]) },
    { name: "user.empty", value: Buffer.alloc(0) },
    { name: "security.capability", value: Buffer.from("root!") },
  ];
  await restoredTo(folder.at("data"), [
    { name: "file", content: ["x"], extendedAttributes: attributes, mode: 0o444 },
    { name: "folder", entries: [], extendedAttributes: attributes },
  ]);
  const tree = describeTree(folder.at("data"));
  for (const name of ["file", "folder"]) {
    expect([...(tree.get(name)?.attributes ?? [])]).toEqual([
      ["user.comment", "0001ff"],
      ["user.empty", ""],
    ]);
  }
  expect(tree.get("file")?.mode).toBe(0o444);
});

test("names may be any bytes, folders read-only, and paths longer than the system takes", async () => {
  await using folder = await temporaryFolder();
  const raw = Buffer.from([0xff, 0x0a, 0x80]);
  let deep: MadeEntry = { name: "leaf", content: ["deep"] };
  for (let i = 0; i < 100; i++)
    deep = { name: `${i}`.padStart(120, "-"), entries: [deep], mode: 0o555 + GO_MODE.dir };
  await restoredTo(folder.at("data"), [
    { name: raw, content: ["raw"] },
    { name: "emoji 🪸\n", content: ["e"] },
    deep,
  ]);

  expect(readdirSync(folder.at("data"), { encoding: "latin1" })).toContain(raw.toString("latin1"));
  using paths = new LongPaths();
  let path = fromText(folder.at("data"));
  for (let i = 99; i >= 0; i--) {
    path = joinPath(path, `${i}`.padStart(120, "-") as ByteString);
    expect(lstatSync(toPath(paths.reach(path))).mode & 0o7777).toBe(0o555);
  }
  expect(readFileSync(toPath(paths.reach(joinPath(path, "leaf" as ByteString))), "utf8")).toBe("deep");
});

test.skipIf(!isRoot)("root gives files back to their owners", async () => {
  await using folder = await temporaryFolder();
  const owner = { uid: 12_345, gid: 54_321 };
  await restoredTo(folder.at("data"), [
    { name: "file", content: ["x"], ...owner },
    { name: "parts", content: ["x", "y"], ...owner },
    { name: "link", linkTarget: "file", ...owner },
    { name: "folder", entries: [], ...owner },
    { name: "nobody", content: ["x"], uid: 2 ** 32 - 1, gid: 2 ** 32 - 1 },
  ]);
  const tree = describeTree(folder.at("data"));
  for (const name of ["file", "parts", "link", "folder"]) expect(tree.get(name)).toMatchObject(owner);
  expect(tree.get("nobody")).toMatchObject({ uid: 0, gid: 0 });
});

test("a single file can be restored, to a path that is free", async () => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const { subtree } = await makeFolder(repository, [{ name: "one", content: ["1", "2"] }]);
  const { TreeReader } = await import("../../src/repository/tree-reader.ts");
  const [node] = await new TreeReader(repository).read(subtree as NonNullable<typeof subtree>);
  const restore = (force: boolean): Promise<unknown> =>
    restoreFolders(repository, {
      folders: [{ node: node as NonNullable<typeof node>, target: folder.at("file") }],
      force,
    });
  await restore(false);
  expect(readFileSync(folder.at("file"), "utf8")).toBe("12");
  writeFileSync(folder.at("file"), "mine");
  await expect(restore(false)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  expect(readFileSync(folder.at("file"), "utf8")).toBe("mine");
  await restore(true);
  expect(readFileSync(folder.at("file"), "utf8")).toBe("12");
  expect(readdirSync(folder.path)).toEqual(["file"]);
});

test("the report says how every entry looks on this machine", async () => {
  await using folder = await temporaryFolder();
  const linked = { inode: 7n, deviceId: 3n, links: 2 };
  const report = await restoredTo(folder.at("data"), [
    { name: "a", content: ["same"], ...linked },
    { name: "b", content: ["same"], ...linked },
    { name: "parts", content: ["1", "2"] },
    { name: "folder", entries: [{ name: "inner", content: ["3"], mode: 0o666 }] },
    { name: "link", linkTarget: "a" },
    { name: "pipe", type: "fifo" },
    { name: "socket", type: "socket" },
  ]);
  const restored = report.folders[0]?.restored ?? [];
  const paths = restored.map(({ path }) => path).sort();
  expect(paths).toEqual(["", "a", "b", "folder", "folder/inner", "link", "parts", "pipe"]);
  for (const { path, inode, ctimeNs } of restored) {
    const stats = lstatSync(folder.at("data", path), { bigint: true });
    expect([path, inode, ctimeNs]).toEqual([path, stats.ino, stats.ctimeNs]);
  }
});

test("several folders are restored together, and progress ends with everything", async () => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const first = await makeFolder(repository, [{ name: "a", content: ["shared"] }]);
  const second = await makeFolder(repository, [{ name: "b", content: ["shared", "own"] }]);
  const heard: Progress[] = [];
  const report = await restoreFolders(repository, {
    folders: [
      { node: first, target: folder.at("one") },
      { node: second, target: folder.at("made", "on", "the", "way") },
    ],
    force: false,
    onProgress: (progress) => heard.push(progress),
  });
  expect(report.folders.map(({ restored }) => restored.map(({ path }) => path).sort())).toEqual([
    ["", "a"],
    ["", "b"],
  ]);
  expect(readFileSync(folder.at("made", "on", "the", "way", "b"), "utf8")).toBe("sharedown");
  expect(heard.at(-1)).toEqual({ phase: "restore", files: 2, totalFiles: 2, bytes: 15, totalBytes: 15 });
});

test("folders in each other are refused, before anything is made", async () => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const node = await makeFolder(repository, []);
  const folders = [folder.at("a", "b"), folder.at("a")].map((target) => ({ node, target }));
  await expect(restoreFolders(repository, { folders, force: true })).rejects.toMatchObject({
    code: "CONFIG",
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

test("an index that was lost is made up for", async () => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const node = await makeFolder(repository, [{ name: "a", content: ["found"] }]);
  await restoreFolders(reopened(repository), {
    folders: [{ node, target: folder.at("data") }],
    force: false,
  });
  expect(readFileSync(folder.at("data", "a"), "utf8")).toBe("found");
});

test.each(["the first read", "the last moment"])(
  "a restore that is cancelled at %s leaves nothing",
  async (moment) => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("data"));
    const controller = new AbortController();
    const repository = scratchRepository();
    const node = await makeFolder(repository, [{ name: "a", content: ["1"] }]);
    const store = watchedStore(repository.store, {
      before: ({ kind }) => kind === "read" && moment === "the first read" && controller.abort(),
    });
    const restoring = restoreFolders(
      { ...repository, store },
      {
        folders: [{ node, target: folder.at("data") }],
        force: false,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      },
    );
    await expect(restoring).rejects.toMatchObject({ code: "CANCELLED" });
    expect(readdirSync(folder.path)).toEqual(["data"]);
    expect(readdirSync(folder.at("data"))).toEqual([]);
  },
);
