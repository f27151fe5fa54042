import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import type { BlobType } from "../../src/repository/blob.ts";
import { BlobWriter, groupByBlobs } from "../../src/repository/blob-writer.ts";
import { idOf } from "../../src/repository/ids.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { seal } from "../../src/repository/sealing.ts";
import { readBlob } from "../../src/repository/tree.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import type { NewFile } from "../../src/stores/store.ts";
import { runs } from "../support/property.ts";
import { createRandom } from "../support/random.ts";
import { type NewBlob, randomId, reopened, scratchRepository, storeBlobs } from "./scratch.ts";
import { watchedStore } from "./watched-store.ts";

const MIB = 1024 * 1024;
const random = createRandom(1);

async function expectStored(repository: Repository, blobs: readonly NewBlob[]): Promise<void> {
  const place = reopened(repository);
  await loadIndex(place);
  for (const { type, bytes } of blobs) {
    expect(Buffer.compare(await readBlob(place, type, idOf(bytes)), bytes)).toBe(0);
  }
}

function kindOf({ name }: NewFile): string {
  return name.slice(0, name.indexOf("/"));
}

test("any blobs come back, whatever their sizes and order", async () => {
  const noise = random.bytes(3 * MIB);
  const size = fc.oneof(
    fc.nat(300),
    fc.integer({ min: MIB - 100, max: MIB + 100 }),
    fc.constant(2 * MIB + 1),
  );
  const blob = fc
    .record({ type: fc.constantFrom<BlobType>("data", "tree"), size, start: fc.option(fc.nat(MIB - 1)) })
    .map(({ type, size: length, start }) => {
      const bytes = start === null ? Buffer.alloc(length, 7) : noise.subarray(start, start + length);
      return { type, bytes };
    });
  await fc.assert(
    fc.asyncProperty(fc.array(blob, { maxLength: 10 }), async (blobs) => {
      const repository = scratchRepository();
      await using writer = new BlobWriter(repository);
      for (const { type, bytes } of blobs) {
        const reused = Buffer.from(bytes);
        expect(writer.add(type, reused)).toBe(idOf(bytes));
        reused.fill(0xee); // the caller's buffer is the caller's again
        if (writer.full) await writer.settle();
      }
      await repository.store.write(await writer.finish());
      await expectStored(repository, blobs);
      let storedBytes = 0;
      for await (const { sizeBytes } of repository.store.list("")) storedBytes += sizeBytes;
      expect(writer.totals.storedBytes).toBe(storedBytes);
    }),
    runs(4),
  );
});

test("a blob is stored once, by one writer or by several, for each type by itself", async () => {
  const repository = scratchRepository();
  const bytes = Buffer.from("the same");
  await using writer = new BlobWriter(repository);
  for (const type of ["data", "tree", "data", "tree", "data"] as const) writer.add(type, bytes);
  await repository.store.write(await writer.finish());
  expect(writer.totals).toMatchObject({ dataBlobs: 1, treeBlobs: 1, addedBytes: 16 });

  const later = reopened(repository);
  await loadIndex(later);
  await using second = new BlobWriter(later);
  expect(second.add("data", bytes)).toBe(idOf(bytes));
  expect(await second.finish()).toEqual([]);
  expect(second.totals).toMatchObject({ dataBlobs: 0, storedBytes: 0 });
});

test("packs come before the index that lists them, data and trees in packs of their own", async () => {
  const repository = scratchRepository();
  await using writer = new BlobWriter(repository);
  for (let count = 0; count < 30; count += 1) {
    writer.add("data", random.bytes(MIB));
    writer.add("tree", random.bytes(1_000));
    if (writer.full) await writer.settle();
  }
  const last = await writer.finish();
  const kinds = last.map(kindOf);
  expect(kinds.at(-1)).toBe("index");
  expect(kinds).toEqual([...kinds].sort());
  await repository.store.write(last);
  const { packs } = await loadIndex(reopened(repository));
  expect(packs.size).toBeGreaterThan(3);
  for (const { blobs } of packs.values()) expect(new Set(blobs.map(({ type }) => type)).size).toBe(1);
  for await (const { name, sizeBytes } of repository.store.list("data/")) {
    expect(name.length).toBe("data/00/".length + 64);
    expect(sizeBytes).toBeLessThan(11 * MIB);
  }
});

test("what was not written is not taken for stored", async () => {
  const repository = scratchRepository();
  const bytes = Buffer.from("content");
  await using writer = new BlobWriter(repository);
  writer.add("data", bytes);
  await writer.finish(); // and the caller could not write it
  await storeBlobs(repository, [{ type: "data", bytes }]);
  await expectStored(repository, [{ type: "data", bytes }]);
});

test("packs that no index lists are listed by the next writer", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: Buffer.from("content") }]);
  const { packs } = await loadIndex(reopened(repository));
  await repository.store.remove(await namesIn(repository.store, "index/"));
  const later = reopened(repository);
  for (const pack of packs.values()) later.index.addUnlistedPack(pack);
  await using writer = new BlobWriter(later);
  await repository.store.write(await writer.finish());
  await expectStored(repository, [{ type: "data", bytes: Buffer.from("content") }]);
});

describe("a store that fails", () => {
  const unreachable = new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: "the network of this test has failed",
  });

  test.each([1, 3])("at write %i is told of to whoever waits, and finish gives nothing", async (failAt) => {
    const inner = scratchRepository();
    let writes = 0;
    const store = watchedStore(inner.store, {
      before: ({ kind }) => {
        writes += kind === "write" ? 1 : 0;
        if (writes >= failAt) throw unreachable;
      },
    });
    await using writer = new BlobWriter(reopened(inner, store));
    const add = async (): Promise<void> => {
      for (let count = 0; count < 60; count += 1) {
        writer.add("data", random.bytes(MIB));
        if (writer.full) await writer.settle();
      }
    };
    await expect(add()).rejects.toBe(unreachable);
    await expect(writer.finish()).rejects.toBe(unreachable);
  });

  test("to give back what was written is noticed, when what it was made from will go", async () => {
    for (const prefix of ["data/", "index/"]) {
      const inner = scratchRepository();
      const answer = (name: string, bytes: Uint8Array): Uint8Array =>
        name.startsWith(prefix) ? bytes.slice(1) : bytes;
      const writer = new BlobWriter(reopened(inner, watchedStore(inner.store, { answer })), { verify: true });
      const written = addSealedMegabytes(writer, inner, 140).then(() => writer.finish());
      await expect(written).rejects.toMatchObject({ code: "DATA_DAMAGED" });
      await writer[Symbol.asyncDispose]();
    }
  });
});

test("a long save lists its packs on the way", async () => {
  const repository = scratchRepository();
  await using writer = new BlobWriter(repository);
  await addSealedMegabytes(writer, repository, 140);
  const { packs } = await loadIndex(reopened(repository));
  const blobs = [...packs.values()].flatMap((pack) => pack.blobs);
  expect(blobs.length).toBeGreaterThanOrEqual(120);
});

test("a writer that is given up ends with CANCELLED and stores no more", async () => {
  const repository = scratchRepository();
  const controller = new AbortController();
  await using writer = new BlobWriter(repository, { signal: controller.signal });
  for (let count = 0; count < 3; count += 1) writer.add("data", random.bytes(MIB));
  controller.abort();
  await expect(writer.finish()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await namesIn(repository.store, "")).toEqual([]);
});

test("packs are spread over index files in order, each once, none too long", () => {
  const counts = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 50 }), (blobCounts, limit) => {
      const blob = { type: "data", id: randomId(), offset: 0, length: 32, uncompressedLength: null } as const;
      const packs = blobCounts.map((count) => ({
        id: randomId(),
        blobs: Array.from({ length: count }, () => blob),
      }));
      const groups = groupByBlobs(packs, limit);
      expect(groups.flat()).toEqual(packs);
      for (const group of groups) {
        const allButLast = group.slice(0, -1).reduce((sum, { blobs }) => sum + blobs.length, 0);
        expect(allButLast).toBeLessThan(limit);
      }
    }),
    runs(100),
  );
});

test("nothing added is nothing to write", async () => {
  await using writer = new BlobWriter(scratchRepository());
  expect(await writer.finish()).toEqual([]);
});

test("empty blobs are blobs", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: new Uint8Array(0) }]);
  await expectStored(repository, [{ type: "data", bytes: new Uint8Array(0) }]);
});

/** Blobs of one MiB each, sealed once for all of them: a writer does not look into those. */
async function addSealedMegabytes(writer: BlobWriter, { keys }: Repository, count: number): Promise<void> {
  const sealed = seal(keys, random.bytes(MIB));
  for (let number = 0; number < count; number += 1) {
    writer.addSealed("data", randomId(), sealed, null);
    await writer.settle();
  }
}
