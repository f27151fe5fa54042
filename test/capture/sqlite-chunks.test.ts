import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentDefinedCut, cutFor, sqlitePageBytes } from "../../src/capture/chunker.ts";
import { runs, someBytes } from "../support/property.ts";
import { createRandom } from "../support/random.ts";
import { cutWhole } from "./cut-whole.ts";

const random = createRandom(1);
const byContent = contentDefinedCut("secret");
const PAGE_SIZES = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];

/** A file that begins like a database. */
function database(pageBytes: number, sizeBytes: number): Buffer {
  const content = random.bytes(sizeBytes);
  content.write("SQLite format 3\0", "latin1");
  content.writeUInt16BE(pageBytes === 65_536 ? 1 : pageBytes, 16);
  return content;
}

describe.each(PAGE_SIZES)("a database with pages of %i bytes", (pageBytes) => {
  test.each([pageBytes, pageBytes * 2, 300_000, 2_500_000])("and %i bytes in all", (sizeBytes) => {
    const content = database(pageBytes, sizeBytes);
    expect(sqlitePageBytes(content)).toBe(pageBytes);
    const lengths = cutWhole(cutFor(content, byContent), content);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(sizeBytes);
    expect(lengths[0]).toBe(Math.min(pageBytes, sizeBytes));
    const groupBytes = Math.max(pageBytes, 32_768);
    for (const length of lengths.slice(1, -1)) expect(length).toBe(groupBytes);
    expect(lengths.at(-1)).toBeLessThanOrEqual(groupBytes);
  });

  test("costs one group of pages, and the first page, when a page changes", () => {
    const content = database(pageBytes, 3_000_000);
    const changed = Buffer.from(content);
    const page = Math.floor(2_000_000 / pageBytes) * pageBytes;
    random.bytes(pageBytes).copy(changed, page);
    changed.writeUInt32BE(7, 24); // the change counter
    const cut = cutFor(content, byContent);
    expect(differentBytes(cutWhole(cut, content), content, changed)).toBeLessThanOrEqual(
      pageBytes + Math.max(pageBytes, 32_768),
    );
  });

  test("keeps its chunks when it grows", () => {
    const content = database(pageBytes, 1_000_000);
    const grown = Buffer.concat([content, random.bytes(500_000)]);
    const cut = cutFor(content, byContent);
    const before = cutWhole(cut, content).slice(0, -1);
    expect(cutWhole(cut, grown).slice(0, before.length)).toEqual(before);
  });
});

test("a header that is damaged, or no header at all, is cut by content", () => {
  const content = database(4_096, 600_000);
  const expected = cutWhole(byContent, content);
  for (const stored of [0, 2, 3, 256, 511, 513, 4_095, 4_097, 65_535]) {
    const damaged = Buffer.from(content);
    damaged.writeUInt16BE(stored, 16);
    expect(sqlitePageBytes(damaged)).toBeNull();
    expect(cutFor(damaged, byContent)).toBe(byContent);
  }
  for (let position = 0; position < 16; position += 1) {
    const damaged = Buffer.from(content);
    damaged[position] = (damaged[position] ?? 0) ^ 0x20;
    expect(sqlitePageBytes(damaged)).toBeNull();
  }
  for (let length = 0; length < 18; length += 1)
    expect(sqlitePageBytes(content.subarray(0, length))).toBeNull();
  expect(expected.length).toBeGreaterThan(0);
});

test("any first bytes give a page size that databases have, or none", () => {
  const head = fc.oneof(
    someBytes(100),
    fc.tuple(fc.nat(65_535), someBytes(10)).map(([stored, rest]) => {
      return Buffer.concat([
        Buffer.from("SQLite format 3\0"),
        Buffer.from([stored >> 8, stored & 255]),
        rest,
      ]);
    }),
  );
  fc.assert(
    fc.property(head, (bytes) => {
      expect([null, ...PAGE_SIZES]).toContain(sqlitePageBytes(bytes));
    }),
    runs(1_000),
  );
});

/** Bytes of the chunks that are no longer the same. */
function differentBytes(lengths: readonly number[], before: Buffer, after: Buffer): number {
  let position = 0;
  let different = 0;
  for (const length of lengths) {
    if (before.compare(after, position, position + length, position, position + length) !== 0)
      different += length;
    position += length;
  }
  return different;
}
