import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BlobType } from "../../src/repository/blob.ts";
import { BlobIndex, type BlobPlace } from "../../src/repository/blob-index.ts";
import type { Id } from "../../src/repository/ids.ts";
import type { IndexedPack } from "../../src/repository/index-json.ts";
import { runs } from "../support/property.ts";
import { anyId } from "./arbitrary-values.ts";
import { randomId } from "./scratch.ts";

const LARGEST = 2 ** 32 - 2;
const fewIds = fc.uniqueArray(anyId, { minLength: 1, maxLength: 6 });
const packsOf = (ids: readonly Id[]): fc.Arbitrary<IndexedPack[]> => {
  const blob = fc.record({
    type: fc.constantFrom<BlobType>("data", "tree"),
    id: fc.constantFrom(...ids),
    offset: fc.nat(LARGEST),
    length: fc.nat(LARGEST),
    uncompressedLength: fc.option(fc.nat(LARGEST)),
  });
  return fc.array(fc.record({ id: anyId, blobs: fc.array(blob, { maxLength: 5 }) }), { maxLength: 5 });
};

test("an index gives the place that it was told first, for each type of blob by itself", () => {
  fc.assert(
    fc.property(fewIds.chain(packsOf), (packs) => {
      const index = new BlobIndex();
      const model: Record<BlobType, Map<Id, BlobPlace>> = { data: new Map(), tree: new Map() };
      for (const pack of packs) {
        index.addPack(pack.id, pack.blobs);
        for (const { type, id, offset, length, uncompressedLength } of pack.blobs) {
          if (!model[type].has(id))
            model[type].set(id, { pack: pack.id, offset, length, uncompressedLength });
        }
      }
      for (const type of ["data", "tree"] as const) {
        expect(new Map(index.entries(type))).toEqual(model[type]);
        expect(index.count(type)).toBe(model[type].size);
        for (const [id, place] of model[type]) {
          expect(index.find(type, id)).toEqual(place);
          expect(index.has(type, id)).toBe(true);
        }
      }
      expect(index.find("data", randomId())).toBeNull();
      expect(new Set(index.packs())).toEqual(new Set(packs.map(({ id }) => id)));
      for (const { id } of packs) expect(index.hasPack(id)).toBe(true);
    }),
    runs(300),
  );
});

test("an index grows to any number of blobs", () => {
  const index = new BlobIndex();
  const ids = Array.from({ length: 5_000 }, randomId);
  const pack = randomId();
  index.addPack(
    pack,
    ids.map((id, offset) => ({ type: "data", id, offset, length: 1, uncompressedLength: offset })),
  );
  for (const [offset, id] of ids.entries()) {
    expect(index.find("data", id)).toEqual({ pack, offset, length: 1, uncompressedLength: offset });
  }
});

test("packs that no index file lists are given out once", () => {
  const index = new BlobIndex();
  const pack = { id: randomId(), blobs: [] };
  index.addPack(randomId(), []);
  index.addUnlistedPack(pack);
  expect(index.takeUnlisted()).toEqual([pack]);
  expect(index.takeUnlisted()).toEqual([]);
  expect(index.hasPack(pack.id)).toBe(true);
});
