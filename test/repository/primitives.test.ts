import { zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openNativePrimitives } from "../../src/repository/native-primitives.ts";
import { portablePrimitives } from "../../src/repository/portable-primitives.ts";
import { passesKnownAnswers, type Primitives, primitives } from "../../src/repository/primitives.ts";
import { runs, someBytes } from "../support/property.ts";
import { POLY1305_VECTORS } from "./vectors/poly1305.ts";
import { zstdBomb } from "./zstd-bomb.ts";

const native = openNative();
const both = [portablePrimitives, ...(native === null ? [] : [native])] as const;
const named = both.map((candidate) => [candidate === native ? "native" : "portable", candidate] as const);

function openNative(): Primitives | null {
  try {
    return openNativePrimitives();
  } catch (error) {
    process.stdout.write(`skipped: this machine has no native primitives (${String(error)})\n`);
    return null;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const aesKey = someBytes(32, 32);
const iv = someBytes(16, 16);
const LIMIT_BYTES = 1_000_000;

test("the native ones are used where there are any", () => {
  expect(primitives() === portablePrimitives).toBe(native === null);
});

describe.each(named)("the %s primitives", (_, candidate) => {
  test("know the answers", () => {
    expect(passesKnownAnswers(candidate)).toBe(true);
  });

  test.each(POLY1305_VECTORS)("make the tags of RFC 8439: $what", ({ key, message, tag }) => {
    expect(hex(candidate.poly1305(Buffer.from(message, "hex"), Buffer.from(key, "hex")))).toBe(tag);
  });

  test("refuse a frame that is cut short, at every byte", () => {
    const frame = zstdCompressSync(Buffer.from("the tide comes in, the tide goes out; ".repeat(30)));
    for (let length = 0; length < frame.byteLength; length += 1) {
      expect(() => candidate.zstdDecompress(frame.subarray(0, length), LIMIT_BYTES)).toThrow(Error);
    }
  });

  test("open a frame of the bombs' kind that is small enough, whether it says its size or not", () => {
    for (const claimedBytes of [null, 262_144]) {
      const frame = zstdBomb({ contentBytes: 262_144, claimedBytes });
      const content = candidate.zstdDecompress(frame, 262_144);
      expect(Buffer.compare(content, Buffer.alloc(262_144))).toBe(0);
    }
  });

  test("never make more than they may, whatever a frame claims or hides", () => {
    const lies = [null, 0, 10, LIMIT_BYTES, 2 ** 32, 2 ** 52];
    for (const claimedBytes of lies) {
      const bomb = zstdBomb({ contentBytes: 4 * 1024 ** 3, claimedBytes });
      expect(() => candidate.zstdDecompress(bomb, LIMIT_BYTES)).toThrow(Error);
    }
  });

  test("take any bytes for a frame or refuse them", () => {
    const frame = zstdCompressSync(Buffer.from("some content to damage ".repeat(9)));
    const damaged = fc
      .tuple(fc.nat(frame.byteLength - 1), fc.integer({ min: 1, max: 255 }))
      .map(([position, change]) => frame.map((byte, index) => (index === position ? byte ^ change : byte)));
    fc.assert(
      fc.property(fc.oneof(someBytes(200), damaged), (bytes) => {
        let content: Uint8Array | null = null;
        try {
          content = candidate.zstdDecompress(bytes, 10_000);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(content?.byteLength ?? 0).toBeLessThanOrEqual(10_000);
      }),
      runs(1_000),
    );
  });
});

describe.skipIf(native === null)("native and portable primitives", () => {
  const other = native ?? portablePrimitives;

  test("make the same tags", () => {
    fc.assert(
      fc.property(someBytes(3_000), someBytes(32, 32), (message, key) => {
        expect(hex(other.poly1305(message, key))).toBe(hex(portablePrimitives.poly1305(message, key)));
      }),
      runs(300),
    );
  });

  test("encrypt to the same bytes, and touch nothing else", () => {
    fc.assert(
      fc.property(aesKey, iv, someBytes(3_000), (key, counter, input) => {
        const outputs = both.map((candidate) => {
          const around = Buffer.alloc(input.byteLength + 2, 0xee);
          candidate.aes256Ctr(key, counter, input, around.subarray(1, -1));
          return hex(around);
        });
        expect(outputs[0]).toBe(outputs[1]);
        expect(outputs[0]).toMatch(/^ee.*ee$/);
      }),
      runs(300),
    );
  });

  test("compress to the same bytes, and open each other's", () => {
    const compressible = fc.tuple(someBytes(50), fc.nat(2_000)).map(([bytes, times]) => {
      return Buffer.concat(Array.from({ length: times }, () => bytes));
    });
    fc.assert(
      fc.property(fc.oneof(someBytes(3_000), compressible), (content) => {
        const frame = Buffer.from(portablePrimitives.zstdCompress(content, 3));
        expect(hex(other.zstdCompress(content, 3))).toBe(hex(frame));
        for (const candidate of both) {
          const opened = candidate.zstdDecompress(frame, content.byteLength);
          expect(Buffer.compare(opened, content)).toBe(0);
        }
      }),
      runs(200),
    );
  });
});

describe("a library that is not what it seems", () => {
  const broken: readonly (readonly [string, Partial<Primitives>])[] = [
    ["a tag", { poly1305: () => new Uint8Array(16) }],
    ["the cipher", { aes256Ctr: (_key, _iv, input, output) => output.set(input) }],
    ["a frame", { zstdCompress: (bytes) => bytes }],
    ["the content of a frame", { zstdDecompress: (_, maximumBytes) => new Uint8Array(maximumBytes) }],
  ];
  test.each(broken)("is not used when it gets %s wrong", (_, part) => {
    const candidate = { ...portablePrimitives, ...part };
    expect(unlessError(() => passesKnownAnswers(candidate))).not.toBe(true);
  });
});

function unlessError(work: () => boolean): boolean {
  try {
    return work();
  } catch {
    return false;
  }
}
