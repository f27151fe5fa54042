import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { save } from "../../src/operations/save.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

/** A value with its parts replaced by the names of their types: what a program may rely on. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
}

async function json(bench: Workbench, args: readonly string[], status = 0): Promise<unknown> {
  const result = await bench.run([...args, "--json"], { HOLDFAST_NEW_PASSWORD: "another" });
  expect(result.status, result.stderr).toBe(status);
  expect(result.stdout.split("\n")).toHaveLength(2); // one line, also when it is long
  return JSON.parse(result.stdout) as unknown;
}

async function savedTwice(): Promise<Workbench> {
  const bench = await openWorkbench();
  await bench.writeState({ file: "first", "folder/other": "x" });
  await bench.run(["save", "--tag", "nightly"]);
  await bench.writeState({ file: "second" });
  await bench.run(["save"]);
  return bench;
}

const FILES = { total: "number", new: "number", changed: "number", unchanged: "number" };
const PRUNED = {
  packs: { kept: "number", repacked: "number", removed: "number" },
  bytes: { repacked: "number", freed: "number" },
  unreadable: [],
  dry_run: "boolean",
};
const KEYS_CHANGED = { added: "string", removed: "null" };

test("save", async () => {
  await using bench = await savedTwice();
  expect(shapeOf(await json(bench, ["save", "--tag", "x"]))).toEqual({
    snapshot: "string",
    unchanged: "boolean",
    parent: "string",
    files: FILES,
    bytes: { state: "number", read: "number", added: "number", stored: "number" },
    seconds: "number",
    paused_ms: "number",
    freeze: { outcome: "string", processes: "number", attempts: "number", reason: "null" },
    requests: "number",
    tags: ["string"],
    shrunk: "boolean",
    fork: "boolean",
    created: "boolean",
    problems: [],
    mounts: [],
  });
});

test("restore", async () => {
  await using bench = await savedTwice();
  await rm(bench.at("data"), { recursive: true });
  expect(shapeOf(await json(bench, ["restore"]))).toEqual({
    snapshot: "string",
    base: "string",
    files: "number",
    bytes: "number",
    seconds: "number",
    requests: "number",
    targets: ["string"],
    skipped: [],
    fell_back_from: "null",
    newer_beside: [],
    leftovers: [],
    held_by: [],
    profiles: [],
  });
});

test("snapshots", async () => {
  await using bench = await savedTwice();
  expect(await json(bench, ["snapshots"])).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      host: expect.any(String) as string,
      paths: [bench.at("data")],
      tags: ["nightly"],
      fork: false,
      files: 2,
      bytes: 6,
      added: expect.any(Number) as number,
    },
    expect.objectContaining({ tags: [], files: 2, bytes: 7 }),
  ]);
});

test("adopt", async () => {
  await using bench = await savedTwice();
  const id = await saveBeside(bench);
  expect(await json(bench, ["adopt"])).toEqual({
    snapshot: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    adopted: id,
    was: ["fork"],
    parent: expect.any(String) as string,
    saved: expect.any(String) as string,
    files: 2,
    bytes: 7,
  });
});

/** A fork that is newer than the good snapshots. */
async function saveBeside(bench: Workbench): Promise<string> {
  const access = { store: bench.at(".holdfast"), password: "correct horse" };
  const { snapshot } = await save({ ...access, state: [bench.at("data")], base: null });
  return snapshot;
}

test("copy", async () => {
  await using bench = await savedTwice();
  const counts = { snapshots: "number", files: "number", bytes: "number" };
  expect(shapeOf(await json(bench, ["copy", "--to", "./copy"]))).toEqual({
    from: "string",
    to: "string",
    created: "boolean",
    copied: counts,
    there: counts,
    damaged: [],
    verified: "boolean",
    dry_run: "boolean",
    seconds: "number",
    requests: "number",
  });
});

test("doctor", async () => {
  await using bench = await openWorkbench();
  expect(shapeOf(await json(bench, ["doctor"]))).toEqual({
    store: "string",
    healthy: "boolean",
    areas: [{ area: "string", kept: "number", broken: [], left_out: "number" }],
    traits: {
      atomic_batch: "boolean",
      atomic_files: "number",
      create_only: "boolean",
      range_reads: "boolean",
      conditional_writes: "boolean",
    },
    private: "boolean",
    speed: { read_ms: "number", write_ms: "number", upload_rate: "number", download_rate: "number" },
    requests: "number",
    seconds: "number",
  });
});

test("ls", async () => {
  await using bench = await savedTwice();
  const entries = await json(bench, ["ls", "latest", "--recursive"]);
  expect(entries).toHaveLength(3);
  expect(shapeOf(entries)).toEqual([
    {
      path: "string",
      path_raw: "null",
      type: "string",
      mode: "number",
      uid: "number",
      gid: "number",
      user: "string",
      group: "string",
      size: "number",
      mtime: "string",
      link_target: "null",
    },
  ]);
});

test("diff", async () => {
  await using bench = await savedTwice();
  const [first] = (await json(bench, ["snapshots"])) as { id: string }[];
  const total = { entries: "number", bytes: "number" };
  expect(shapeOf(await json(bench, ["diff", first?.id ?? "", "latest"]))).toEqual({
    from: "string",
    to: "string",
    changes: [
      {
        path: "string",
        path_raw: "null",
        change: "string",
        folder: "boolean",
        bytes_before: "number",
        bytes_after: "number",
      },
    ],
    totals: { added: total, removed: total, modified: total, type: total, metadata: total },
  });
});

test("check", async () => {
  await using bench = await savedTwice();
  const shape = {
    errors: [] as unknown[],
    whole: ["string"],
    damaged: [] as string[],
    packs: "number",
    blobs: "number",
    unlisted_packs: "number",
    bytes_read: "number",
    seconds: "number",
  };
  expect(shapeOf(await json(bench, ["check", "--read-data"]))).toEqual(shape);
  await rm(join(bench.at(".holdfast"), "data"), { recursive: true });
  expect(shapeOf(await json(bench, ["check"], 5))).toEqual({
    ...shape,
    errors: [{ kind: "string", message: "string" }],
    whole: [],
    damaged: ["string"],
  });
});

test("forget and prune", async () => {
  await using bench = await savedTwice();
  expect(shapeOf(await json(bench, ["forget", "--keep-last", "1", "--prune"]))).toEqual({
    kept: ["string"],
    removed: ["string"],
    dry_run: "boolean",
    prune: PRUNED,
  });
  expect(shapeOf(await json(bench, ["prune", "--dry-run"]))).toEqual(PRUNED);
});

test("key", async () => {
  await using bench = await savedTwice();
  const key = { id: "string", current: "boolean", user: "string", host: "string", created: "string" };
  expect(shapeOf(await json(bench, ["key", "list"]))).toEqual([key]);
  const added = (await json(bench, ["key", "add"])) as { added: string };
  expect(shapeOf(added)).toEqual(KEYS_CHANGED);
  expect(await json(bench, ["key", "remove", added.added])).toEqual({ added: null, removed: added.added });
  expect(shapeOf(await json(bench, ["key", "passwd"]))).toEqual({ added: "string", removed: "string" });
});

test("unlock, clear and completion", async () => {
  await using bench = await savedTwice();
  expect(await json(bench, ["unlock"])).toEqual({ removed: 0 });
  expect(shapeOf(await json(bench, ["completion", "bash"]))).toEqual({ script: "string" });
  expect(await json(bench, ["clear", "--local", "--yes"])).toEqual({
    local: [bench.at("data")],
    remote: null,
  });
  expect(shapeOf(await json(bench, ["clear", "--yes"]))).toEqual({
    local: ["string"],
    remote: { snapshots: "number", files: "number", bytes: "number" },
  });
});

test("an error is the result, with nothing else on standard output", async () => {
  await using bench = await openWorkbench();
  expect(await json(bench, ["snapshots"], 3)).toEqual({
    error: {
      code: "NO_REPOSITORY",
      message: "nothing is saved in ./.holdfast yet",
      hint: "save a first time with: holdfast save",
    },
  });
});

test("docs/json.md names every field of every result", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/json.md"), "utf8");
  await using bench = await savedTwice();
  const results = [
    await json(bench, ["save"]),
    await json(bench, ["snapshots"]),
    await saveBeside(bench),
    await json(bench, ["restore", "--to", bench.at("elsewhere")]),
    await json(bench, ["adopt"]),
    await json(bench, ["ls", "latest"]),
    await json(bench, ["diff", "latest", "latest"]),
    await json(bench, ["check"]),
    await json(bench, ["forget", "--keep-last", "1", "--prune"]),
    await json(bench, ["key", "list"]),
    await json(bench, ["unlock"]),
    await json(bench, ["clear", "--yes"]),
  ];
  for (const name of results.flatMap(fieldNames)) expect(text).toContain(`\`${name}\``);
});

function fieldNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[key], fieldNames(part)].flat());
}
