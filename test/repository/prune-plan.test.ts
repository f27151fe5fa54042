import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BlobType } from "../../src/repository/blob.ts";
import { BlobIndex } from "../../src/repository/blob-index.ts";
import type { Id } from "../../src/repository/ids.ts";
import type { IndexedPack } from "../../src/repository/index-json.ts";
import { planPrune, type PrunePlan } from "../../src/repository/prune-plan.ts";
import type { BlobSet } from "../../src/repository/walk-trees.ts";
import { runs } from "../support/property.ts";
import { anyId } from "./arbitrary-values.ts";
import { randomId } from "./scratch.ts";

const MIB = 1024 * 1024;

interface Situation {
  readonly packs: readonly IndexedPack[];
  readonly used: BlobSet;
  readonly maxUnused: number;
}

/** Packs with blobs that are stored in one or several of them, some of which are used. */
const situation: fc.Arbitrary<Situation> = fc
  .uniqueArray(anyId, { minLength: 1, maxLength: 12 })
  .chain((ids) => {
    const blob = fc.record({
      type: fc.constantFrom<BlobType>("data", "tree"),
      id: fc.constantFrom(...ids),
      length: fc.oneof(fc.integer({ min: 33, max: 5_000 }), fc.integer({ min: MIB, max: 9 * MIB })),
    });
    const pack = fc.uniqueArray(blob, { minLength: 1, maxLength: 5, selector: ({ type, id }) => type + id });
    const oneOf = fc.subarray(ids);
    const maxUnused = fc.oneof(
      fc.constant(0),
      fc.constant(Infinity),
      fc.double({ min: 0, max: 2, noNaN: true }),
    );
    return fc.record({ packs: fc.array(pack, { maxLength: 25 }), data: oneOf, tree: oneOf, maxUnused });
  })
  .map(({ packs, data, tree, maxUnused }) => {
    const indexed = packs.map((blobs) => {
      let offset = 0;
      return {
        id: randomId(),
        blobs: blobs.map((blob) => {
          offset += blob.length;
          return { ...blob, offset: offset - blob.length, uncompressedLength: null };
        }),
      };
    });
    return { packs: indexed, used: { data: new Set(data), tree: new Set(tree) }, maxUnused };
  });

function plan({ packs, used, maxUnused }: Situation): { plan: PrunePlan; index: BlobIndex } {
  const index = new BlobIndex();
  for (const { id, blobs } of packs) index.addPack(id, blobs);
  return { plan: planPrune(packs, index, used, maxUnused), index };
}

const ids = (packs: readonly IndexedPack[]): Id[] => packs.map(({ id }) => id);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

test("every pack is kept, repacked or removed, one of the three", () => {
  fc.assert(
    fc.property(situation, (given) => {
      const { keep, repack, remove } = plan(given).plan;
      expect([...ids(keep), ...ids(repack), ...ids(remove)].sort()).toEqual(ids(given.packs).sort());
    }),
    runs(500),
  );
});

test("every used blob stays: in a pack that is kept, or among what is repacked of another", () => {
  fc.assert(
    fc.property(situation, (given) => {
      const { plan: made, index } = plan(given);
      const kept = new Set(ids(made.keep));
      const copied = new Set(made.repack.flatMap((pack) => pack.used.map(({ type, id }) => `${type} ${id}`)));
      for (const type of ["data", "tree"] as const) {
        for (const id of given.used[type]) {
          const place = index.find(type, id);
          if (place === null) continue; // never was there
          expect(kept.has(place.pack) || copied.has(`${type} ${id}`)).toBe(true);
        }
      }
    }),
    runs(500),
  );
});

test("no more stays unused than was allowed, and nothing is copied that is not used", () => {
  fc.assert(
    fc.property(situation, (given) => {
      const { keep, repack, remove } = plan(given).plan;
      const needed = sum([...keep, ...repack].map(({ usedBytes }) => usedBytes));
      const unused = sum(keep.map(({ sizeBytes, usedBytes }) => sizeBytes - usedBytes));
      if (unused > 0) expect(unused).toBeLessThanOrEqual(given.maxUnused * needed);
      for (const { used } of repack)
        for (const { type, id } of used) expect(given.used[type].has(id)).toBe(true);
      for (const { usedBytes } of remove) expect(usedBytes).toBe(0);
    }),
    runs(500),
  );
});

test("small packs are put together once there are many", () => {
  const small = (count: number): Situation => {
    const packs = Array.from({ length: count }, () => {
      return {
        id: randomId(),
        blobs: [{ type: "data" as const, id: randomId(), offset: 0, length: MIB, uncompressedLength: null }],
      };
    });
    const data = new Set(packs.flatMap(({ blobs }) => blobs.map(({ id }) => id)));
    return { packs, used: { data, tree: new Set() }, maxUnused: 0 };
  };
  expect(plan(small(15)).plan.repack).toEqual([]);
  expect(plan(small(16)).plan.repack).toHaveLength(16);
});
