import { constants, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { areWholeFrames } from "../../src/repository/zstd-frame.ts";

const anyContent = fc.oneof(
  fc.uint8Array({ maxLength: 400_000 }),
  fc.nat(400_000).map((length) => new Uint8Array(length).fill(7)),
);

test("every frame that is written is whole, and no part of it is", () => {
  const anyFrame = fc
    .tuple(anyContent, fc.constantFrom(1, 3, 19), fc.boolean(), fc.boolean())
    .map(([content, level, hasChecksum, saysSize]) =>
      zstdCompressSync(content, {
        params: {
          [constants.ZSTD_c_compressionLevel]: level,
          [constants.ZSTD_c_checksumFlag]: hasChecksum ? 1 : 0,
        },
        ...(saysSize ? { pledgedSrcSize: content.byteLength } : {}),
      }),
    );
  fc.assert(
    fc.property(anyFrame, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (frame, part) => {
      expect(areWholeFrames(frame)).toBe(true);
      expect(areWholeFrames(frame.subarray(0, Math.floor(part * frame.byteLength)))).toBe(false);
      expect(areWholeFrames(Buffer.concat([frame, frame]))).toBe(true);
      expect(areWholeFrames(Buffer.concat([frame, Buffer.from([0])]))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("a frame that is to be skipped is whole, too", () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 1]);
  expect(areWholeFrames(Buffer.concat([skippable, zstdCompressSync(Buffer.from("a"))]))).toBe(true);
  expect(areWholeFrames(skippable.subarray(0, 9))).toBe(false);
});

test("any bytes are frames or not", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void areWholeFrames(bytes)));
});
