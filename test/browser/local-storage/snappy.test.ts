import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSnappy } from "../../../src/browser/local-storage/snappy.ts";
import { runs, someBytes } from "../../support/property.ts";

/** By hand, after google/snappy `format_description.txt`: a tag of each kind. */
const VECTORS: readonly (readonly [string, string, string])[] = [
  ["nothing", "00", ""],
  ["a literal", "0308616263", "abc"],
  ["a literal with its length in a byte", `3d f03c ${"61".repeat(61)}`, "a".repeat(61)],
  ["a literal with its length in two bytes", `ac02 f42b01 ${"62".repeat(300)}`, "b".repeat(300)],
  ["a copy with one byte of distance", "07 0861 6263 0103", "abcabca"],
  ["a copy with two bytes of distance, into itself", "21 0861 6263 76 0300", "abc".repeat(11)],
  ["a copy with four bytes of distance", "06 0861 6263 0b 03000000", "abcabc"],
  [
    "what Firefox wrote for 3000 times x and é",
    `ba17 0078 ${"fe0100".repeat(46)} da0100 04c3a9`,
    `${"x".repeat(3000)}é`,
  ],
];

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("snappy", () => {
  it.each(VECTORS)("decodes %s", (_what, hex, text) => {
    expect(decodeSnappy(bytesOf(hex)).toString()).toBe(text);
  });

  it("refuses everything that is cut short", () => {
    for (const [, hex] of VECTORS) {
      const whole = bytesOf(hex);
      for (let length = 0; length < whole.length; length++) {
        expect(() => decodeSnappy(whole.subarray(0, length))).toThrow(RangeError);
      }
    }
  });

  it("refuses copies from nowhere, and a length that nothing could have", () => {
    for (const hex of [
      "04 0100",
      "07 0861 6263 0104",
      "07 0861 6263 0100",
      "ffffffff0f 00",
      "ff".repeat(12),
    ]) {
      expect(() => decodeSnappy(bytesOf(hex))).toThrow(RangeError);
    }
  });

  it("gives as much as it says or refuses, whatever the bytes are", () => {
    fc.assert(
      fc.property(someBytes(60), fc.integer({ min: 0, max: 127 }), (bytes, size) => {
        try {
          expect(decodeSnappy(Buffer.concat([Buffer.from([size]), bytes]))).toHaveLength(size);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      runs(1000),
    );
  });
});
