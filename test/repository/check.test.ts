import { describe, expect, test } from "vitest";
import { type CheckProblemKind, type CheckReport, checkRepository } from "../../src/repository/check.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { INDEXES, packName, SNAPSHOTS } from "../../src/repository/layout.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { sealFile } from "../../src/repository/sealed-file.ts";
import { encodeSnapshot, type Snapshot } from "../../src/repository/snapshot.ts";
import { encodeTree } from "../../src/repository/tree.ts";
import { HoldfastError } from "../../src/base/errors.ts";
import type { ByteString } from "../../src/base/byte-string.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { plainNode, plainSnapshot, storeSnapshot } from "./history.ts";
import { putLock } from "./lock-files.ts";
import { randomId, reopened, scratchRepository, storeBlobs } from "./scratch.ts";
import { watchedStore } from "./watched-store.ts";

/** Two snapshots, each with packs of its own. */
interface Scene {
  readonly repository: Repository;
  readonly older: Snapshot;
  readonly newer: Snapshot;
}

async function scene(): Promise<Scene> {
  const repository = scratchRepository();
  const older = await storeSnapshot(repository, { a: Buffer.from("only older"), b: Buffer.from("both") });
  const newer = await storeSnapshot(
    repository,
    { b: Buffer.from("both"), c: Buffer.from("only newer") },
    { timeNs: older.timeNs + 1n },
  );
  return { repository, older, newer };
}

const check = (repository: Repository, readData = true): Promise<CheckReport> =>
  checkRepository(reopened(repository), { readData });
const kindsIn = ({ problems }: CheckReport): CheckProblemKind[] => problems.map(({ kind }) => kind);

test("all is well", async () => {
  const { repository, older, newer } = await scene();
  const before = await namesIn(repository.store, "");
  let packBytes = 0;
  for await (const { sizeBytes } of repository.store.list("data/")) packBytes += sizeBytes;
  expect(await check(repository)).toEqual({
    problems: [],
    whole: [older.id, newer.id],
    damaged: [],
    packs: 4,
    blobs: 7,
    unlistedPacks: 0,
    readBytes: packBytes,
  });
  expect((await check(repository, false)).readBytes).toBe(0);
  expect(await namesIn(repository.store, "")).toEqual(before);
});

describe("each kind of damage is told, and which snapshots stay whole:", () => {
  test("a pack is gone", async () => {
    const { repository, older, newer } = await scene();
    await repository.store.remove([await packWith(repository, "data", newer)]);
    for (const readData of [false, true]) {
      const report = await check(repository, readData);
      expect(kindsIn(report)).toEqual(["pack-missing"]);
      expect(report).toMatchObject({ whole: [older.id], damaged: [newer.id] });
    }
  });

  test("a pack is cut short", async () => {
    const { repository, older, newer } = await scene();
    await alter(repository, await packWith(repository, "data", older), (bytes) => bytes.subarray(0, -1));
    for (const readData of [false, true]) {
      const report = await check(repository, readData);
      expect(kindsIn(report)).toEqual(["pack-damaged"]);
      // Both need what the older one has stored.
      expect(report).toMatchObject({ whole: [], damaged: [older.id, newer.id] });
    }
  });

  test("a bit of data has flipped, which only reading all of it shows", async () => {
    const { repository, older, newer } = await scene();
    await alter(repository, await packWith(repository, "data", newer), (bytes) => flip(bytes, 20));
    expect((await check(repository, false)).problems).toEqual([]);
    const report = await check(repository);
    expect(kindsIn(report)).toEqual(["pack-damaged"]);
    expect(report).toMatchObject({ whole: [older.id], damaged: [newer.id] });
  });

  test("a bit of a pack's header has flipped: told, and no snapshot is the worse for it", async () => {
    const { repository, older, newer } = await scene();
    const name = await packWith(repository, "data", newer);
    await alter(repository, name, (bytes) => flip(bytes, bytes.byteLength - 10));
    const report = await check(repository);
    expect(kindsIn(report)).toEqual(["pack-damaged"]);
    expect(report.problems[0]?.message).toContain("all its blobs can be read");
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [] });
  });

  test("a tree is damaged", async () => {
    const { repository, older, newer } = await scene();
    await alter(repository, await packWith(repository, "tree", older), (bytes) => flip(bytes, 20));
    for (const readData of [false, true]) {
      const report = await check(repository, readData);
      expect(kindsIn(report)).toContain("tree-damaged");
      expect(report).toMatchObject({ whole: [newer.id], damaged: [older.id] });
    }
  });

  test("the pack of a tree is gone", async () => {
    const { repository, older, newer } = await scene();
    await repository.store.remove([await packWith(repository, "tree", older)]);
    const report = await check(repository, false);
    expect(new Set(kindsIn(report))).toEqual(new Set(["pack-missing", "tree-damaged"]));
    expect(report).toMatchObject({ whole: [newer.id], damaged: [older.id] });
  });

  test("a snapshot file is damaged", async () => {
    const { repository, older, newer } = await scene();
    await alter(repository, `${SNAPSHOTS}${older.id}`, (bytes) => flip(bytes, 20));
    const report = await check(repository, false);
    expect(kindsIn(report)).toEqual(["snapshot-damaged"]);
    expect(report).toMatchObject({ whole: [newer.id], damaged: [older.id] });
  });

  test("an index file is damaged: nothing is lost", async () => {
    const { repository, older, newer } = await scene();
    const [index = ""] = await namesIn(repository.store, INDEXES);
    await alter(repository, index, (bytes) => flip(bytes, 20));
    const report = await check(repository, false);
    expect(new Set(kindsIn(report))).toEqual(new Set(["index-damaged", "index-missing"]));
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [] });
  });

  test("all index files are gone: nothing is lost", async () => {
    const { repository, older, newer } = await scene();
    await repository.store.remove(await namesIn(repository.store, INDEXES));
    const report = await check(repository, false);
    expect(kindsIn(report)).toEqual(["index-missing"]);
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [], unlistedPacks: 4 });
  });

  test("a data blob is in no pack", async () => {
    const { repository, older, newer } = await scene();
    const node = plainNode("lost" as ByteString, { size: 5, content: [randomId()] });
    const [tree] = await storeBlobs(repository, [{ type: "tree", bytes: encodeTree([node]) }]);
    const damaged = await putSnapshot(repository, tree ?? randomId());
    const report = await check(repository, false);
    expect(kindsIn(report)).toEqual(["blob-missing"]);
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [damaged] });
  });

  test("a tree is in no pack", async () => {
    const { repository, older, newer } = await scene();
    const damaged = await putSnapshot(repository, randomId());
    const report = await check(repository, false);
    expect(kindsIn(report)).toEqual(["tree-damaged"]);
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [damaged] });
  });

  test.each([
    ["is not sorted", ["b", "a"]],
    ["has a name twice", ["a", "a"]],
  ])("a tree %s", async (_, names) => {
    const { repository, older, newer } = await scene();
    const nodes = names.map((name) => plainNode(name as ByteString, { content: [] }));
    const [tree] = await storeBlobs(repository, [{ type: "tree", bytes: encodeTree(nodes) }]);
    const damaged = await putSnapshot(repository, tree ?? randomId());
    const report = await check(repository, false);
    expect(kindsIn(report)).toEqual(["tree-damaged"]);
    expect(report).toMatchObject({ whole: [older.id, newer.id], damaged: [damaged] });
  });
});

test("packs that an interrupted save has left are counted, and are no damage", async () => {
  const { repository } = await scene();
  const indexes = await namesIn(repository.store, INDEXES);
  await storeBlobs(repository, [{ type: "data", bytes: Buffer.from("nobody refers to this") }]);
  const added = (await namesIn(repository.store, INDEXES)).filter((name) => !indexes.includes(name));
  await repository.store.remove(added);
  expect(await check(repository)).toMatchObject({ problems: [], unlistedPacks: 1 });
});

test("a repository that cannot be written to can be checked", async () => {
  const { repository, older, newer } = await scene();
  for (const code of ["STORE_READ_ONLY", "DISK_FULL"] as const) {
    const store = watchedStore(repository.store, {
      before: ({ kind }) => {
        if (kind === "write") throw new HoldfastError({ code, message: "no writing here" });
      },
    });
    expect(await check(reopened(repository, store))).toMatchObject({
      problems: [],
      whole: [older.id, newer.id],
    });
  }
});

test("a repository that is being pruned cannot", async () => {
  const { repository } = await scene();
  await putLock(repository, { exclusive: true });
  await expect(check(repository)).rejects.toMatchObject({ code: "LOCKED" });
});

test("a store that fails is not damage", async () => {
  const { repository } = await scene();
  for (const prefix of ["data/", "index/", "snapshots/"]) {
    const store = watchedStore(repository.store, {
      before: ({ kind, names }) => {
        if (kind === "read" && names[0]?.startsWith(prefix)) {
          throw new HoldfastError({
            code: "STORE_UNREACHABLE",
            message: "the network of this test has failed",
          });
        }
      },
    });
    await expect(check(reopened(repository, store))).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  }
});

function flip(bytes: Uint8Array, position: number): Uint8Array {
  return bytes.map((byte, index) => (index === position ? byte ^ 1 : byte));
}

async function alter(
  { store }: Repository,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  await store.write([{ name, bytes: change(await store.read(name)) }]);
}

/** The pack that was written for a snapshot; `scene` has saved the older one first. */
async function packWith(repository: Repository, type: "data" | "tree", { tree }: Snapshot): Promise<string> {
  const place = reopened(repository);
  await loadIndex(place);
  const trees = place.index.find("tree", tree)?.pack;
  if (type === "tree") return packName(trees ?? randomId());
  // Data and trees of one save stand in one index file.
  for (const index of await namesIn(repository.store, INDEXES)) {
    const alone = scratchRepository();
    await alone.store.write([{ name: index, bytes: await repository.store.read(index) }]);
    const listed = await loadIndex({ ...alone, keys: repository.keys });
    if (trees === undefined || !listed.packs.has(trees)) continue;
    const data = [...listed.packs.values()].find(({ blobs }) => blobs[0]?.type === "data");
    if (data !== undefined) return packName(data.id);
  }
  throw new Error("no index file lists this snapshot's packs");
}

async function putSnapshot(repository: Repository, tree: Snapshot["tree"]): Promise<string> {
  const snapshot = plainSnapshot(tree, { timeNs: 1_800_000_000_000_000_000n });
  const file = sealFile(repository.keys, SNAPSHOTS, encodeSnapshot(snapshot));
  await repository.store.write([file]);
  return file.id;
}
