import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import * as system from "../../src/base/system.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { restoreFolders, type RestoreReport } from "../../src/restore/restore-folders.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { run } from "../support/run.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeFolder } from "./made-snapshot.ts";

vi.mock("../../src/base/system.ts", { spy: true });
afterEach(() => vi.resetAllMocks());

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: mount points: ${NO_SMALL_DISK}\n`);
const onDisk = test.skipIf(NO_SMALL_DISK !== null);

const repository: Repository = scratchRepository();
const node = await makeFolder(repository, [
  { name: "new", content: ["new"] },
  { name: "both", content: ["new both"] },
  { name: "folder", entries: [{ name: "inner", content: ["inner"] }] },
]);
const NAMES = ["both", "folder", "new"];

function restore(target: string, force = false): Promise<RestoreReport> {
  return restoreFolders(repository, { folders: [{ node, target }], force });
}

function fillOld(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "old"), "old");
  writeFileSync(join(folder, "both"), "old both");
  mkdirSync(join(folder, "old-folder", "deeper"), { recursive: true });
}

function expectOld(folder: string): void {
  expect(readdirSync(folder).sort()).toEqual(["both", "old", "old-folder"]);
  expect(readFileSync(join(folder, "both"), "utf8")).toBe("old both");
}

function expectNew(folder: string): void {
  expect(readdirSync(folder).sort()).toEqual(NAMES);
  expect(readFileSync(join(folder, "both"), "utf8")).toBe("new both");
  expect(readFileSync(join(folder, "folder", "inner"), "utf8")).toBe("inner");
  const { mode, mtimeNs } = lstatSync(folder, { bigint: true });
  expect([mode & 0o7777n, mtimeNs]).toEqual([0o755n, 1_700_000_000_123_456_789n]);
}

test("an empty folder is filled, a full one is left alone unless it may be replaced", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("data"));
  await restore(folder.at("data"));
  expectNew(folder.at("data"));

  fillOld(folder.at("full"));
  await expect(restore(folder.at("full"))).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  expectOld(folder.at("full"));
  await restore(folder.at("full"), true);
  expectNew(folder.at("full"));
  expect(readdirSync(folder.path).sort()).toEqual(["data", "full"]);
});

test("a full folder is replaced at one instant", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("data"));
  await restore(folder.at("data"), true);
  expect(vi.mocked(system.exchange)).toHaveBeenCalledTimes(1);
  expect(vi.mocked(system.exchange)).toHaveReturnedWith(true);
});

test("where the system cannot exchange, two renames do", async () => {
  await using folder = await temporaryFolder();
  vi.mocked(system.exchange).mockReturnValue(false);
  vi.mocked(system.renameNoReplace).mockReturnValue(false);
  fillOld(folder.at("data"));
  await restore(folder.at("data"), true);
  expectNew(folder.at("data"));
  await restore(folder.at("fresh"));
  expectNew(folder.at("fresh"));
  expect(readdirSync(folder.path).sort()).toEqual(["data", "fresh"]);
});

test("a target that may not be renamed has its entries swapped instead", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("data"));
  vi.mocked(system.exchange).mockImplementation(() => {
    throw Object.assign(new Error("a lower layer of an overlay"), { code: "EXDEV" });
  });
  const { ino } = lstatSync(folder.at("data"));
  await restore(folder.at("data"), true);
  expectNew(folder.at("data"));
  expect(lstatSync(folder.at("data")).ino).toBe(ino);
  expect(readdirSync(folder.path)).toEqual(["data"]);
});

test("a link to the target stays a link", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("real"));
  symlinkSync("real", folder.at("link"));
  await restore(folder.at("link"), true);
  expect(readlinkSync(folder.at("link"))).toBe("real");
  expectNew(folder.at("real"));
  symlinkSync("nowhere", folder.at("dangling"));
  await expect(restore(folder.at("dangling"), true)).rejects.toMatchObject({ code: "CONFIG" });
});

test("a file is replaced by a folder only if it may be", async () => {
  await using folder = await temporaryFolder();
  writeFileSync(folder.at("data"), "file");
  await expect(restore(folder.at("data"))).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  await restore(folder.at("data"), true);
  expectNew(folder.at("data"));
  expect(readdirSync(folder.path)).toEqual(["data"]);
});

test("what comes into the folder while it is restored is not replaced", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("data"));
  const onProgress = (): void => writeFileSync(folder.at("data", "late"), "late");
  const folders = [{ node, target: folder.at("data") }];
  const restoring = restoreFolders(repository, { folders, force: false, onProgress });
  await expect(restoring).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  expect(readdirSync(folder.path)).toEqual(["data"]);
  expect(readdirSync(folder.at("data"))).toEqual(["late"]);
});

test("when the second of two folders cannot be replaced, the first is put back", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("one"));
  mkdirSync(folder.at("two"));
  const folders = ["one", "two"].map((name) => ({ node, target: folder.at(name) }));
  const { exchange } = await vi.importActual<typeof system>("../../src/base/system.ts");
  vi.mocked(system.exchange)
    .mockImplementationOnce(exchange)
    .mockImplementationOnce(() => {
      throw Object.assign(new Error("input/output error"), { code: "EIO" });
    });
  await expect(restoreFolders(repository, { folders, force: true })).rejects.toMatchObject({
    code: "FAILED",
  });
  expectOld(folder.at("one"));
  expect(readdirSync(folder.path).sort()).toEqual(["one", "two"]);
});

test("a read-only target is replaced, and the folder has the mode of the snapshot", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("data"));
  chmodSync(folder.at("data"), 0o555);
  await restore(folder.at("data"), true);
  expectNew(folder.at("data"));
});

test("the folders on the way to a target go away again when the restore fails", async () => {
  await using folder = await temporaryFolder();
  const broken = { ...node, subtree: "0".repeat(64) as NonNullable<typeof node.subtree> };
  const folders = [{ node: broken, target: folder.at("a", "b", "c") }];
  await expect(restoreFolders(repository, { folders, force: false })).rejects.toMatchObject({
    code: "DATA_DAMAGED",
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

onDisk("a mount point keeps its folder and gets the new entries", async () => {
  await using disk = await smallDisk(16 * 1024 * 1024);
  mkdirSync(disk.at("lost+found"));
  await restore(disk.path);
  expect(readdirSync(disk.path).sort()).toEqual([...NAMES, "lost+found"].sort());
  await expect(restore(disk.path)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
  writeFileSync(disk.at("old"), "old");
  const report = await restore(disk.path, true);
  expect(readdirSync(disk.path).sort()).toEqual([...NAMES, "lost+found"].sort());
  expect(report.folders[0]?.leftover).toBeNull();
  for (const { path, inode, ctimeNs } of report.folders[0]?.restored ?? []) {
    const stats = lstatSync(disk.at(path), { bigint: true });
    expect([path, inode, ctimeNs]).toEqual([path, stats.ino, stats.ctimeNs]);
  }
});

onDisk("a mount point in the folder stops the swap, and everything is put back", async () => {
  await using disk = await smallDisk(16 * 1024 * 1024);
  await using inner = await smallDisk(1024 * 1024);
  fillOld(disk.path);
  mkdirSync(disk.at("zz-mounted"));
  const { mtimeNs } = lstatSync(disk.path, { bigint: true });
  await run("mount", ["--bind", inner.path, disk.at("zz-mounted")]);
  try {
    await expect(restore(disk.path, true)).rejects.toMatchObject({ code: "FAILED" });
    expect(readdirSync(disk.path).sort()).toEqual(["both", "old", "old-folder", "zz-mounted"]);
    expect(readFileSync(disk.at("both"), "utf8")).toBe("old both");
    expect(lstatSync(disk.path, { bigint: true }).mtimeNs).toBe(mtimeNs);
  } finally {
    await run("umount", [disk.at("zz-mounted")]);
  }
});

onDisk(
  "folders of a lower layer, which a container cannot rename, are replaced in an overlay",
  async ({ skip }) => {
    await using disk = await smallDisk(16 * 1024 * 1024);
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(disk.at(name));
    fillOld(disk.at("lower", "data"));
    const layers = ["lower", "upper", "work"].map((name) => `${name}dir=${disk.at(name)}`).join(",");
    const mount = ["-t", "overlay", "holdfast-test", "-o", layers, disk.at("merged")];
    const { status, stderr } = await run("mount", mount, { mayFail: true });
    if (status !== 0) skip(`this machine has no overlay: ${stderr}`);
    try {
      await restore(disk.at("merged", "data"), true);
      expectNew(disk.at("merged", "data"));
      await restore(disk.at("merged", "data"), true);
      expectNew(disk.at("merged", "data"));
      expect(readdirSync(disk.at("merged"))).toEqual(["data"]);
      expectOld(disk.at("lower", "data"));
    } finally {
      await run("umount", [disk.at("merged")]);
    }
  },
);

test("the current folder keeps its place", async () => {
  await using folder = await temporaryFolder();
  fillOld(folder.at("data"));
  const before = process.cwd();
  process.chdir(folder.at("data"));
  try {
    await restore(".", true);
    expect(readdirSync(".").sort()).toEqual(NAMES);
  } finally {
    process.chdir(before);
  }
  expectNew(folder.at("data"));
});

onDisk.each(["beside", "inside"])("a full disk changes nothing: work %s the target", async (place) => {
  await using disk = await smallDisk(2 * 1024 * 1024);
  const target = place === "inside" ? disk.path : disk.at("data");
  fillOld(target);
  const { mtimeNs } = lstatSync(target, { bigint: true });
  const large = await makeFolder(repository, [
    { name: "a", content: ["small"] },
    ...Array.from({ length: 8 }, (_, i) => ({
      name: `large-${i}`,
      content: [Buffer.alloc(500_000, `${i}`)],
    })),
  ]);
  const restoring = restoreFolders(repository, { folders: [{ node: large, target }], force: true });
  await expect(restoring).rejects.toMatchObject({ code: "DISK_FULL" });
  expectOld(target);
  expect(lstatSync(target, { bigint: true }).mtimeNs).toBe(mtimeNs);
  if (place === "beside") expect(readdirSync(disk.path)).toEqual(["data"]);
});

onDisk("a read-only file system says so", async () => {
  await using disk = await smallDisk(1024 * 1024);
  mkdirSync(disk.at("data"));
  await disk.makeReadOnly();
  await expect(restore(disk.at("data"))).rejects.toMatchObject({ code: "PERMISSION" });
  await expect(restore(disk.path, true)).rejects.toMatchObject({ code: "PERMISSION" });
  expect(existsSync(disk.at("data"))).toBe(true);
});
