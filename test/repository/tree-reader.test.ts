import { expect, test } from "vitest";
import type { Id } from "../../src/repository/ids.ts";
import { TreeReader } from "../../src/repository/tree-reader.ts";
import { createRandom } from "../support/random.ts";
import { scratchRepository, storeBlobs } from "./scratch.ts";
import { watchedStore } from "./watched-store.ts";

const random = createRandom(1);

/** A tree without entries, but with much to store. */
function tree(sizeBytes: number): Buffer {
  return Buffer.from(`{"nodes":[],"padding":"${random.bytes(sizeBytes / 2).toString("hex")}"}\n`);
}

/** Packs of trees, and a reader whose requests are counted. */
async function packsOfTrees(packs: readonly number[][]): Promise<{
  readonly ids: readonly (readonly Id[])[];
  readonly reader: TreeReader;
  readonly reads: string[];
}> {
  const repository = scratchRepository();
  const ids: (readonly Id[])[] = [];
  for (const sizes of packs) {
    ids.push(
      await storeBlobs(
        repository,
        sizes.map((size) => ({ type: "tree", bytes: tree(size) })),
      ),
    );
  }
  const reads: string[] = [];
  const store = watchedStore(repository.store, { before: ({ names }) => reads.push(...names) });
  return { ids, reader: new TreeReader({ ...repository, store }), reads };
}

const MIB = 1024 * 1024;

test("few trees are all fetched at once, one request a pack", async () => {
  const { ids, reader, reads } = await packsOfTrees([[100, 200], [300], [400, 500, 600]]);
  for (const id of ids.flat()) expect(await reader.read(id)).toEqual([]);
  expect(reads).toHaveLength(3);
});

test("of many trees, those of a pack are fetched together, also when they are asked for together", async () => {
  const many = Array.from({ length: 40 }, () => MIB);
  const { ids, reader, reads } = await packsOfTrees([[1000, 2000, 3000], many]);
  await Promise.all((ids[0] ?? []).map((id) => reader.read(id)));
  expect(reads).toHaveLength(1);
  const [one] = ids[1] ?? [];
  await reader.read(one as Id);
  expect(reads).toHaveLength(2);
});
