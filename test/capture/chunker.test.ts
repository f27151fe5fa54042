import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Cut, contentDefinedCut, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from "../../src/capture/chunker.ts";
import { runs } from "../support/property.ts";
import { createRandom } from "../support/random.ts";
import { cutWhole } from "./cut-whole.ts";

const MIB = 1024 * 1024;
const noise = createRandom(1).bytes(12 * MIB);

/** Noise, repetition and constant bytes in turn, of any length. */
const anyContent: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.nat(8 * MIB), fc.nat(3 * MIB))
        .map(([start, length]) => noise.subarray(start, start + length)),
      fc.tuple(fc.nat(255), fc.nat(2 * MIB)).map(([byte, length]) => Buffer.alloc(length, byte)),
      fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.nat(2 * MIB)).map(([period, length]) => {
        return Buffer.alloc(length, noise.subarray(0, period));
      }),
    ),
    { maxLength: 3 },
  )
  .map((parts) => Buffer.concat(parts));
const anySecret = fc.string({ maxLength: 20 });

function boundsHold(lengths: readonly number[]): void {
  for (const length of lengths) expect(length).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
  for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(MIN_CHUNK_BYTES);
}

test("chunks cover a file exactly, and are between 64 KiB and 1 MiB but for the last", () => {
  fc.assert(
    fc.property(anyContent, anySecret, (content, secret) => {
      const lengths = cutWhole(contentDefinedCut(secret), content);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(content.byteLength);
      expect(lengths.every((length) => length > 0)).toBe(true);
      boundsHold(lengths);
    }),
    runs(30),
  );
});

test("no chunk is too small even where the hash matches at once", () => {
  // Among many repositories, some match within the bytes that only warm the hash up.
  for (let secret = 0; secret < 20; secret += 1) {
    const cut = contentDefinedCut(`secret ${secret}`);
    boundsHold(cutWhole(cut, noise));
    for (const byte of [0, 1, 65, 255]) boundsHold(cutWhole(cut, Buffer.alloc(2 * MIB, byte)));
  }
});

test("the cuts are the content's, not those of the buffers that it was read into", () => {
  fc.assert(
    fc.property(
      anyContent,
      anySecret,
      fc.integer({ min: MAX_CHUNK_BYTES, max: 5 * MIB }),
      (content, secret, view) => {
        const cut = contentDefinedCut(secret);
        const limited: Cut = (bytes, position) => cut(bytes.subarray(0, view), position);
        expect(cutWhole(limited, content)).toEqual(cutWhole(contentDefinedCut(secret), content));
      },
    ),
    runs(20),
  );
});

test("what is put in near the start changes only the chunks around it", () => {
  fc.assert(
    fc.property(
      anySecret,
      fc.nat(300_000),
      fc.integer({ min: 1, max: 1_000 }),
      (secret, position, length) => {
        const original = noise.subarray(0, 8 * MIB);
        const insertion = noise.subarray(9 * MIB, 9 * MIB + length);
        const changed = Buffer.concat([
          original.subarray(0, position),
          insertion,
          original.subarray(position),
        ]);
        const cut = contentDefinedCut(secret);
        const before = new Set(chunksOf(cut, original));
        const fresh = chunksOf(cut, changed).filter((chunk) => !before.has(chunk));
        const freshBytes = fresh.reduce((sum, chunk) => sum + chunk.length / 2, 0);
        expect(freshBytes).toBeLessThan(4 * MIB);
      },
    ),
    runs(5),
  );
});

test("where a chunk ends depends on the 64 bytes before, not on where it began", () => {
  const cut = contentDefinedCut("secret");
  let start = 0;
  for (const length of cutWhole(cut, noise).slice(0, -1)) {
    const end = start + length;
    for (const later of [1, 10, 63, 64, 1_000]) {
      const begin = end - MIN_CHUNK_BYTES - later;
      if (begin > start && length < MAX_CHUNK_BYTES) expect(begin + cut(noise.subarray(begin), 0)).toBe(end);
    }
    start = end;
  }
});

test("another repository cuts in other places", () => {
  const cuts = Array.from({ length: 10 }, (_, secret) =>
    cutWhole(contentDefinedCut(`${secret}`), noise).join(),
  );
  expect(new Set(cuts).size).toBe(cuts.length);
  expect(cutWhole(contentDefinedCut("0"), noise).join()).toBe(cuts[0]);
});

test("chunks of noise are some 192 KiB on average", () => {
  const chunks = Array.from(
    { length: 5 },
    (_, secret) => cutWhole(contentDefinedCut(`${secret}`), noise).length,
  );
  const average = (5 * noise.byteLength) / chunks.reduce((sum, count) => sum + count, 0);
  expect(average).toBeGreaterThan(150 * 1024);
  expect(average).toBeLessThan(240 * 1024);
});

/** Each chunk in hexadecimal. */
function chunksOf(cut: Cut, content: Buffer): string[] {
  let position = 0;
  return cutWhole(cut, content).map((length) => content.toString("hex", position, (position += length)));
}
