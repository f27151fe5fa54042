import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { cutOff, type Damage, flipBit, readStore, remove } from "./damage.ts";
import { openWorkbench, reportedError, type Workbench } from "./workbench.ts";

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: a full disk: ${NO_SMALL_DISK}\n`);

/** A workbench with an older and a newer snapshot of a file. */
interface SavedTwice extends Workbench {
  readonly ids: readonly [older: string, newer: string];
  /** Relative names of what the newer save added to the store. */
  readonly added: readonly string[];
}

const OLDER = "older".repeat(5000);
const NEWER = "newer".repeat(5000);

async function savedTwice(): Promise<SavedTwice> {
  const bench = await openWorkbench();
  const save = async (content: string): Promise<string> => {
    await bench.writeState({ file: content, kept: "x" });
    return (JSON.parse((await bench.run(["save", "--json"])).stdout) as { snapshot: string }).snapshot;
  };
  const older = await save(OLDER);
  const before = await readStore(bench.at(".holdfast"));
  const newer = await save(NEWER);
  const names = [...(await readStore(bench.at(".holdfast"))).keys()];
  return { ...bench, ids: [older, newer], added: names.filter((name) => !before.has(name)) };
}

/** Damages the files of the newer save whose names start so. */
async function damage(bench: SavedTwice, prefix: string, how: Damage): Promise<void> {
  const names = bench.added.filter((name) => name.startsWith(prefix));
  if (names.length === 0) throw new Error(`the save added no ${prefix}`);
  for (const name of names) await how(bench.at(".holdfast", name));
}

const DAMAGED_DATA: readonly (readonly [what: string, prefix: string, how: Damage])[] = [
  ["a truncated pack", "data/", cutOff],
  ["a flipped bit in a pack", "data/", flipBit],
  ["a missing pack", "data/", remove],
  ["a flipped bit in a snapshot file", "snapshots/", flipBit],
  ["an empty snapshot file", "snapshots/", (path) => writeFile(path, "")],
];

test.each(DAMAGED_DATA)("%s: what is whole is named, and taken on demand", async (_, prefix, how) => {
  await using bench = await savedTwice();
  await damage(bench, prefix, how);
  const store = await readStore(bench.at(".holdfast"));
  const [older, newer] = bench.ids;

  const error = reportedError(await bench.run(["restore", "--force", "--json"]));
  expect(error).toMatchObject({ status: 5, code: "DATA_DAMAGED" });
  expect(error.message).toContain(newer.slice(0, 8));
  expect(error.hint).toContain(older.slice(0, 8));
  expect(await readFile(bench.at("data/file"), "utf8")).toBe(NEWER);

  const check = await bench.run(["check", "--read-data", "--json"]);
  expect(check.status).toBe(5);
  expect(JSON.parse(check.stdout)).toMatchObject({ whole: [older], damaged: [newer] });
  expect(check.stderr).toContain(`hint: the newest snapshot that is whole is ${older.slice(0, 8)}`);

  const fallback = await bench.run(["restore", "--fallback", "--force"]);
  expect(fallback).toMatchObject({ status: 0, stdout: expect.stringContaining(older.slice(0, 8)) as string });
  expect(fallback.stderr).toContain(`the snapshot ${newer.slice(0, 8)} is damaged`);
  expect(await readFile(bench.at("data/file"), "utf8")).toBe(OLDER);
  expect(await readStore(bench.at(".holdfast"))).toEqual(store);
});

test.each([
  ["a missing index", remove],
  ["a truncated index", cutOff],
  ["a flipped bit in an index", flipBit],
])("%s: everything restores all the same, and prune makes a new one", async (_, how) => {
  await using bench = await savedTwice();
  await damage(bench, "index/", how);
  expect((await bench.run(["check"])).status).toBe(5);
  await rm(bench.at("data"), { recursive: true });
  expect(await bench.run(["restore"])).toMatchObject({ status: 0, stderr: "" });
  expect(await readFile(bench.at("data/file"), "utf8")).toBe(NEWER);
  expect(await bench.run(["prune"])).toMatchObject({ status: 0 });
  expect(await bench.run(["check", "--read-data"])).toMatchObject({ status: 0 });
});

test.each(["save", "restore", "prune", "clear"])(
  "a missing config stops %s, and nothing is touched",
  async (command) => {
    await using bench = await savedTwice();
    const config = await readFile(bench.at(".holdfast/config"));
    await rm(bench.at(".holdfast/config"));
    const store = await readStore(bench.at(".holdfast"));
    const more = { save: [], restore: ["--force"], prune: [], clear: ["--yes"] }[command] ?? [];
    const error = reportedError(await bench.run([command, ...more, "--json"]));
    expect(error).toMatchObject({ status: 5, code: "DATA_DAMAGED" });
    expect(error.message).toContain("has lost its file 'config'");
    expect(await readStore(bench.at(".holdfast"))).toEqual(store);
    expect(await readFile(bench.at("data/file"), "utf8")).toBe(NEWER);
    await writeFile(bench.at(".holdfast/config"), config);
    expect(await bench.run(["check", "--read-data"])).toMatchObject({ status: 0 });
  },
);

test("a repository without a key says so", async () => {
  await using bench = await savedTwice();
  await rm(bench.at(".holdfast/keys"), { recursive: true });
  const error = reportedError(await bench.run(["snapshots", "--json"]));
  expect(error).toMatchObject({ status: 5, code: "DATA_DAMAGED" });
  expect(error.hint).toContain("keys/");
});

test("a file that may not be read: the others are saved, it is kept as it was, and the status is not 0", async () => {
  await using bench = await savedTwice();
  await bench.writeState({ new: "n" });
  await chmod(bench.at("data/file"), 0);
  await chmod(bench.at("data/new"), 0);
  const { status, stdout, stderr } = await bench.runAsOrdinaryUser(["save", "--json"]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    files: { total: 2 },
    problems: [
      { kind: "unreadable", path: "file", reason: "EACCES", kept: true },
      { kind: "unreadable", path: "new", reason: "EACCES", kept: false },
    ],
  });
  expect(stderr).toBe(
    "holdfast: error: could not read file (EACCES) and 1 more; everything else is saved\n" +
      "hint: let this user read them, or leave them out with --exclude\n",
  );
  await bench.run(["restore", "--to", bench.at("elsewhere")]);
  expect((await readdir(bench.at("elsewhere"))).toSorted()).toEqual(["file", "kept"]);
  expect(await readFile(bench.at("elsewhere/file"), "utf8")).toBe(NEWER);
});

test("a target that may not be written to stays as it is", async () => {
  await using bench = await savedTwice();
  await mkdir(bench.at("closed/target"), { recursive: true });
  await chmod(bench.at("closed/target"), 0o555);
  await chmod(bench.at("closed"), 0o555);
  for (const target of ["closed/target", "closed/another"]) {
    const result = await bench.runAsOrdinaryUser(["restore", "--to", bench.at(target), "--json"]);
    expect(reportedError(result)).toMatchObject({ status: 1, code: "PERMISSION" });
  }
  expect(await readdir(bench.at("closed"), { recursive: true })).toEqual(["target"]);
});

test("a target that holds something is not replaced without --force", async () => {
  await using bench = await savedTwice();
  await bench.writeState({ precious: "not saved yet" });
  const error = reportedError(await bench.run(["restore", "--json"]));
  expect(error).toMatchObject({ status: 2, code: "TARGET_NOT_EMPTY" });
  expect(error.hint).toContain("--force");
  expect(await readFile(bench.at("data/precious"), "utf8")).toBe("not saved yet");
});

test.skipIf(NO_SMALL_DISK !== null)(
  "a full disk under the store: nothing is lost, and it works once there is room",
  async () => {
    await using bench = await openWorkbench();
    await using disk = await smallDisk(1024 * 1024);
    const store = ["--store", disk.at("store")];
    await bench.writeState({ file: "x" });
    expect(await bench.run(["save", ...store])).toMatchObject({ status: 0 });
    await writeFile(
      bench.at("data/large"),
      Buffer.from(Array.from({ length: 3_000_000 }, () => Math.random() * 256)),
    );
    expect(reportedError(await bench.run(["save", ...store, "--json"]))).toMatchObject({
      status: 1,
      code: "DISK_FULL",
    });
    expect(await bench.run(["check", "--read-data", ...store])).toMatchObject({ status: 0 });
    await disk.resize(16 * 1024 * 1024);
    expect(await bench.run(["save", ...store])).toMatchObject({ status: 0 });
    expect(await bench.run(["check", "--read-data", ...store])).toMatchObject({ status: 0 });
  },
);

test.skipIf(NO_SMALL_DISK !== null)("a full disk under the target keeps what is there", async () => {
  await using bench = await openWorkbench();
  await using disk = await smallDisk(1024 * 1024);
  await bench.writeState({ file: "x".repeat(3_000_000) });
  await bench.run(["save"]);
  await mkdir(disk.at("target"));
  await writeFile(disk.at("target/old"), "stays");
  const result = await bench.run(["restore", "--to", disk.at("target"), "--force", "--json"]);
  expect(reportedError(result)).toMatchObject({ status: 1, code: "DISK_FULL" });
  expect(await readdir(disk.path)).toEqual(["target"]);
  expect(await readFile(disk.at("target/old"), "utf8")).toBe("stays");
});
