import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMozLz4, encodeMozLz4 } from "../../src/browser/databases/lz4.ts";
import { runs, someBytes } from "../support/property.ts";

/** "abcabcabc…" by hand: three literals, a match that reaches into itself, five last literals. */
const COMPRESSED = Buffer.concat([
  Buffer.from("mozLz40\0"),
  Buffer.from([30, 0, 0, 0]),
  Buffer.from([0x3f, 0x61, 0x62, 0x63, 3, 0, 3, 0x50, 0x62, 0x63, 0x61, 0x62, 0x63]),
]);

describe("mozLz4", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(someBytes(2000), (bytes) => {
        expect(new Uint8Array(decodeMozLz4(encodeMozLz4(bytes), ""))).toEqual(bytes);
      }),
      runs(100),
    );
  });

  it("reads matches that reach into themselves", () => {
    expect(decodeMozLz4(COMPRESSED, "").toString()).toBe("abc".repeat(10));
  });

  it("refuses everything that is cut short or not its own", () => {
    for (let length = 0; length < COMPRESSED.length; length++) {
      expect(() => decodeMozLz4(COMPRESSED.subarray(0, length), "x")).toThrow("no whole mozLz4 file");
    }
    fc.assert(
      fc.property(someBytes(60), (bytes) => {
        const file = Buffer.concat([COMPRESSED.subarray(0, 12), bytes]);
        try {
          expect(decodeMozLz4(file, "x")).toHaveLength(30);
        } catch (error) {
          expect(error).toMatchObject({ code: "PROFILE_DAMAGED" });
        }
      }),
      runs(500),
    );
  });
});
