import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BlobType } from "../../src/repository/blob.ts";
import { decodeIndex, encodeIndex } from "../../src/repository/index-json.ts";
import { runs } from "../support/property.ts";
import { anyId } from "./arbitrary-values.ts";
import { expectDamaged, unlessDamaged } from "./damage.ts";
import { fuzzedJson } from "./fuzzed-json.ts";
import { randomId } from "./scratch.ts";

const LARGEST = 2 ** 32 - 2;
const blob = fc.record({
  type: fc.constantFrom<BlobType>("data", "tree"),
  id: anyId,
  offset: fc.nat(LARGEST),
  length: fc.nat(LARGEST),
  uncompressedLength: fc.option(fc.integer({ min: 1, max: LARGEST })),
});
const packs = fc.array(fc.record({ id: anyId, blobs: fc.array(blob, { maxLength: 4 }) }), { maxLength: 4 });

test("any packs come back from an index", () => {
  fc.assert(
    fc.property(packs, (listed) => {
      expect(decodeIndex(encodeIndex(listed))).toEqual(listed);
    }),
    runs(500),
  );
});

test("any JSON is an index or is refused, and what is taken can be written and read again", () => {
  fc.assert(
    fc.property(fuzzedJson(packs.map(encodeIndex)), (text) => {
      const listed = unlessDamaged(() => decodeIndex(text));
      if (listed === null) return;
      const written = encodeIndex(listed);
      expect(encodeIndex(decodeIndex(written))).toBe(written);
    }),
    runs(800),
  );
});

test("a blob beyond 4 GiB cannot be", () => {
  const index = (fields: string): string =>
    `{"packs":[{"id":"${randomId()}","blobs":[{"id":"${randomId()}","type":"data",${fields}}]}]}`;
  expect(decodeIndex(index(`"offset":0,"length":${LARGEST}`))).toHaveLength(1);
  for (const number of [2 ** 32, 2 ** 53, -1, 1.5]) {
    expectDamaged(() => decodeIndex(index(`"offset":${number},"length":1`)));
    expectDamaged(() => decodeIndex(index(`"offset":1,"length":${number}`)));
    expectDamaged(() => decodeIndex(index(`"offset":1,"length":1,"uncompressed_length":${number}`)));
  }
});
