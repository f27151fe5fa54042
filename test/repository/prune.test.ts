import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRepository } from "../../src/repository/check.ts";
import { removeSnapshots } from "../../src/repository/forget.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { packName } from "../../src/repository/layout.ts";
import { pruneRepository } from "../../src/repository/prune.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { runs, someBytes } from "../support/property.ts";
import { type Files, readFiles, storeSnapshot } from "./history.ts";
import { reopened, scratchRepository, storeBlobs } from "./scratch.ts";

const text = (content: string): Uint8Array => Buffer.from(content);

async function storedBytes({ store }: Repository): Promise<number> {
  let sum = 0;
  for await (const { sizeBytes } of store.list("data/")) sum += sizeBytes;
  return sum;
}

async function expectWhole(repository: Repository, snapshots: number): Promise<void> {
  const report = await checkRepository(reopened(repository), { readData: true });
  expect(report).toMatchObject({ problems: [], damaged: [], unlistedPacks: 0 });
  expect(report.whole).toHaveLength(snapshots);
}

/** Two snapshots that share a file; the first is forgotten. */
async function halfForgotten(
  repository: Repository,
): Promise<{ readonly tree: string; readonly files: Files }> {
  const first = await storeSnapshot(repository, {
    shared: text("both have this"),
    old: text("only the first"),
  });
  const files = { shared: text("both have this"), young: text("only the second") };
  const second = await storeSnapshot(repository, files);
  await removeSnapshots(repository, [first.id]);
  return { tree: second.tree, files };
}

test("what the remaining snapshots hold stays, whatever is forgotten before", async () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const content = fc.oneof(
    someBytes(3_000),
    fc.constantFrom(text("one"), text("two"), Buffer.alloc(2_000, 3)),
  );
  const history = fc.array(
    fc.record({
      files: fc.dictionary(name, content, { minKeys: 1, noNullPrototype: true }),
      isKept: fc.boolean(),
    }),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(history, fc.constantFrom(0, 0.05, 0.5, Infinity), async (states, maxUnused) => {
      const repository = scratchRepository();
      const made = [];
      for (const { files, isKept } of states)
        made.push({ files, isKept, snapshot: await storeSnapshot(repository, files) });
      await removeSnapshots(
        repository,
        made.filter(({ isKept }) => !isKept).map(({ snapshot }) => snapshot.id),
      );
      const before = await storedBytes(repository);
      const report = await pruneRepository(reopened(repository), { maxUnused });
      const kept = made.filter(({ isKept }) => isKept);
      for (const { files, snapshot } of kept) {
        const read = await readFiles(repository, snapshot);
        expect(Object.keys(read).sort()).toEqual(Object.keys(files).sort());
        for (const [each, bytes] of Object.entries(files))
          expect(Buffer.compare(read[each] ?? text(""), bytes)).toBe(0);
      }
      await expectWhole(repository, kept.length);
      expect(await namesIn(repository.store, "locks/")).toEqual([]);
      const after = await storedBytes(repository);
      expect(after).toBeLessThanOrEqual(before);
      if (report.packs.removed > 0 && report.packs.repacked === 0) expect(after).toBeLessThan(before);
      if (kept.length === 0) expect(await namesIn(repository.store, "data/")).toEqual([]);
      // Nothing is left to do.
      const again = await pruneRepository(reopened(repository), { maxUnused });
      expect(again).toMatchObject({ packs: { repacked: 0, removed: 0 }, freedBytes: 0 });
    }),
    runs(40),
  );
});

test("a dry run says what would be done, and changes nothing", async () => {
  const repository = scratchRepository();
  await halfForgotten(repository);
  const before = await namesIn(repository.store, "");
  const planned = await pruneRepository(reopened(repository), { maxUnused: 0, dryRun: true });
  expect(await namesIn(repository.store, "")).toEqual(before);
  expect(await pruneRepository(reopened(repository), { maxUnused: 0 })).toEqual(planned);
  expect(planned.packs.removed + planned.packs.repacked).toBeGreaterThan(0);
});

test("a repository that is tidy is not written to", async () => {
  const repository = scratchRepository();
  await storeSnapshot(repository, { a: text("a") });
  const before = await namesIn(repository.store, "");
  await pruneRepository(reopened(repository));
  expect(await namesIn(repository.store, "")).toEqual(before);
});

test("many index files become one", async () => {
  const repository = scratchRepository();
  for (let count = 0; count < 9; count += 1) await storeSnapshot(repository, { a: text(`version ${count}`) });
  await pruneRepository(reopened(repository));
  expect(await namesIn(repository.store, "index/")).toHaveLength(1);
  await expectWhole(repository, 9);
});

describe("packs that no index lists", () => {
  test("are listed when they are used, as after the loss of all index files", async () => {
    const repository = scratchRepository();
    const { tree, files } = await halfForgotten(repository);
    await repository.store.remove(await namesIn(repository.store, "index/"));
    await pruneRepository(reopened(repository), { maxUnused: 0 });
    expect(Object.keys(await readFiles(repository, { tree } as never)).sort()).toEqual(
      Object.keys(files).sort(),
    );
    await expectWhole(repository, 1);
  });

  test("are removed when they are what a dead writer has left", async () => {
    const repository = scratchRepository();
    await storeSnapshot(repository, { a: text("a") });
    const packs = await namesIn(repository.store, "data/");
    await storeBlobs(repository, [{ type: "data", bytes: text("never referred to") }]);
    await repository.store.remove((await namesIn(repository.store, "index/")).slice(1));
    await pruneRepository(reopened(repository));
    expect(await namesIn(repository.store, "data/")).toEqual(packs);
  });

  test("and whose header cannot be read, are told and left alone", async () => {
    const repository = scratchRepository();
    await storeSnapshot(repository, { a: text("a") });
    const junk = "f".repeat(64);
    await repository.store.write([{ name: `data/ff/${junk}`, bytes: text("not a pack") }]);
    const report = await pruneRepository(reopened(repository), { maxUnused: 0 });
    expect(report.unreadablePacks).toEqual([junk]);
    expect(await namesIn(repository.store, "data/ff/")).toContain(`data/ff/${junk}`);
  });
});

test("a damaged index file is replaced, and nothing that it listed is lost", async () => {
  const repository = scratchRepository();
  await storeSnapshot(repository, { a: text("a") });
  await storeSnapshot(repository, { a: text("b") });
  const [index = ""] = await namesIn(repository.store, "index/");
  await repository.store.write([{ name: index, bytes: text("damaged") }]);
  await pruneRepository(reopened(repository));
  expect(await namesIn(repository.store, "index/")).not.toContain(index);
  await expectWhole(repository, 2);
});

describe("nothing is removed when", () => {
  async function refused(damage: (repository: Repository) => Promise<void>): Promise<void> {
    const repository = scratchRepository();
    await halfForgotten(repository);
    await damage(repository);
    const before = await namesIn(repository.store, "");
    await expect(pruneRepository(reopened(repository), { maxUnused: 0 })).rejects.toMatchObject({
      code: "DATA_DAMAGED",
    });
    expect(await namesIn(repository.store, "")).toEqual(before);
  }

  test("a snapshot cannot be read", async () => {
    await refused(async ({ store }) => {
      const [name = ""] = await namesIn(store, "snapshots/");
      await store.write([{ name, bytes: (await store.read(name)).subarray(1) }]);
    });
  });

  test("a tree cannot be read", async () => {
    await refused(async (repository) => damagePack(repository, "tree"));
  });

  test("data that is used cannot be read", async () => {
    await refused(async (repository) => damagePack(repository, "data"));
  });

  test("data that is used is in no pack", async () => {
    const repository = scratchRepository();
    const { files } = await halfForgotten(repository);
    await loadIndex(repository);
    await repository.store.remove(await packsOf(repository, "data"));
    await repository.store.remove(await namesIn(repository.store, "index/"));
    const before = await namesIn(repository.store, "");
    await expect(pruneRepository(reopened(repository))).rejects.toMatchObject({ code: "DATA_DAMAGED" });
    expect(await namesIn(repository.store, "")).toEqual(before);
    expect(Object.keys(files)).not.toEqual([]);
  });
});

test("of a blob that is stored twice, the copy that is there is kept", async () => {
  // Two writers stored the same at the same time; later the pack of one was lost.
  for (const lost of [0, 1]) {
    const repository = scratchRepository(openMemoryStore());
    const files = { a: text("stored twice"), b: text("this as well") };
    const other = reopened(repository);
    await storeBlobs(
      other,
      Object.values(files).map((bytes) => ({ type: "data", bytes })),
    );
    const [copy = ""] = await packsOf(other, "data");
    const snapshot = await storeSnapshotApart(repository, files);
    const original = (await packsOf(repository, "data")).find((name) => name !== copy) ?? "";
    await repository.store.remove([lost === 0 ? copy : original]);
    await pruneRepository(reopened(repository), { maxUnused: 0 });
    expect(await readFiles(repository, snapshot)).toEqual(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes)])),
    );
    await expectWhole(repository, 1);
  }
});

/** As {@link storeSnapshot}, by a writer that does not see what is stored already. */
async function storeSnapshotApart(repository: Repository, files: Files): ReturnType<typeof storeSnapshot> {
  const apart = scratchRepository();
  const snapshot = await storeSnapshot({ ...apart, keys: repository.keys }, files);
  for (const name of await namesIn(apart.store, "")) {
    await repository.store.write([{ name, bytes: await apart.store.read(name) }]);
  }
  return snapshot;
}

/** Names of the packs that hold blobs of a type. */
async function packsOf(repository: Repository, type: "data" | "tree"): Promise<string[]> {
  const { packs } = await loadIndex(reopened(repository));
  return [...packs.values()].filter(({ blobs }) => blobs[0]?.type === type).map(({ id }) => packName(id));
}

/** Changes one byte of every blob of a type. */
async function damagePack(repository: Repository, type: "data" | "tree"): Promise<void> {
  const place = reopened(repository);
  await loadIndex(place);
  for (const [, { pack, offset }] of place.index.entries(type)) {
    const bytes = Buffer.from(await repository.store.read(packName(pack)));
    bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
    await repository.store.write([{ name: packName(pack), bytes }]);
  }
}
