import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Id } from "../../src/repository/ids.ts";
import { type PlacedBlob, planReads } from "../../src/restore/pack-reads.ts";
import { runs } from "../support/property.ts";

const LIMITS = { maxBytes: 1000, maxGapBytes: 100 };

const blob = fc.record({ pack: fc.nat(3), offset: fc.nat(5000), length: fc.nat(1500) });

function placed(
  { pack, offset, length }: { pack: number; offset: number; length: number },
  index: number,
): PlacedBlob {
  return { id: `${index}` as Id, place: { pack: `${pack}` as Id, offset, length, uncompressedLength: null } };
}

test("every blob is in exactly one range, and no range is longer than allowed", () => {
  fc.assert(
    fc.property(fc.array(blob, { maxLength: 50 }), (given) => {
      const blobs = given.map(placed);
      const reads = planReads(blobs, LIMITS);
      expect(reads.flatMap((read) => read.blobs.map(({ id }) => id)).sort()).toEqual(
        blobs.map(({ id }) => id).sort(),
      );
      for (const { pack, offset, length, blobs: inside } of reads) {
        for (const { place } of inside) {
          expect(place.pack).toBe(pack);
          expect(place.offset).toBeGreaterThanOrEqual(offset);
          expect(place.offset + place.length).toBeLessThanOrEqual(offset + length);
        }
        if (inside.length > 1) expect(length).toBeLessThanOrEqual(LIMITS.maxBytes);
      }
    }),
    runs(300),
  );
});

test("neighbours are read together across a small gap, and not across a large one", () => {
  const at = (offset: number): { pack: number; offset: number; length: number } => ({
    pack: 0,
    offset,
    length: 50,
  });
  const ranges = (...offsets: number[]): number[][] =>
    planReads(offsets.map(at).map(placed), LIMITS).map(({ offset, length }) => [offset, length]);
  expect(ranges(0, 150)).toEqual([[0, 200]]);
  expect(ranges(0, 151)).toEqual([
    [0, 50],
    [151, 50],
  ]);
  expect(ranges(200, 0, 100)).toEqual([[0, 250]]);
});
