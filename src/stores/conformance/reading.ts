import assert from "node:assert/strict";
import { assertFails, assertSameBytes, bytesOf, type ConformanceCase, pattern } from "./case.ts";

const MIB = 1024 * 1024;

/** What `read` gives. */
export const READING_CASES: readonly ConformanceCase[] = [
  {
    name: "a file reads back as it was written, whatever its bytes are",
    async run(store) {
      const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      await store.write([{ name: "data/bytes", bytes }]);
      assertSameBytes(await store.read("data/bytes"), bytes, "every byte value");
    },
  },
  {
    name: "an empty file reads back empty",
    async run(store) {
      await store.write([{ name: "empty", bytes: new Uint8Array(0) }]);
      assert.equal((await store.read("empty")).length, 0);
      assert.equal((await store.read("empty", { offset: 0, length: 0 })).length, 0);
    },
  },
  {
    name: "a file of 20 MiB reads back whole and in parts",
    isHeavy: true,
    async run(store) {
      const bytes = pattern(20 * MIB);
      await store.write([{ name: "data/large", bytes }]);
      assertSameBytes(await store.read("data/large"), bytes, "the whole file");
      const range = { offset: 7 * MIB - 1, length: 9 * MIB + 3 };
      const part = bytes.subarray(range.offset, range.offset + range.length);
      assertSameBytes(await store.read("data/large", range), part, "9 MiB from its middle");
    },
  },
  {
    name: "a file that is not there is not found",
    async run(store) {
      await assertFails(store.read("data/aa/none"), "NOT_FOUND", "reading from an empty store");
      await store.write([{ name: "data/aa/some", bytes: bytesOf("some") }]);
      for (const name of ["data/aa/none", "data/aa/som", "data/aa", "data/aa/some/more", "none"]) {
        await assertFails(store.read(name), "NOT_FOUND", `reading ${name}`);
        await assertFails(
          store.read(name, { offset: 0, length: 1 }),
          "NOT_FOUND",
          `reading a byte of ${name}`,
        );
      }
    },
  },
  {
    name: "whoever reads owns the bytes",
    async run(store) {
      const bytes = pattern(64);
      await store.write([{ name: "owned", bytes }]);
      for (const range of [undefined, { offset: 0, length: 64 }]) {
        const mine = await store.read("owned", range);
        mine.fill(0);
        structuredClone(mine, { transfer: [mine.buffer as ArrayBuffer] });
        assertSameBytes(
          await store.read("owned"),
          bytes,
          "the file after its reader changed and gave away the bytes",
        );
      }
    },
  },
];

/** What `read` gives of a part. */
export const RANGE_CASES: readonly ConformanceCase[] = [
  {
    name: "a range gives exactly the bytes asked for",
    async run(store) {
      const bytes = pattern(1000);
      await store.write([{ name: "ranges", bytes }]);
      for (const [offset, length] of [
        [0, 10],
        [400, 200],
        [990, 10],
        [999, 1],
        [0, 1000],
        [0, 0],
        [500, 0],
        [1000, 0],
      ] as const) {
        const part = bytes.subarray(offset, offset + length);
        assertSameBytes(
          await store.read("ranges", { offset, length }),
          part,
          `${length} bytes from ${offset}`,
        );
      }
    },
  },
  {
    name: "a range past the end is damage, never fewer bytes",
    async run(store) {
      await store.write([{ name: "short", bytes: pattern(100) }]);
      for (const [offset, length] of [
        [0, 101],
        [99, 2],
        [100, 1],
        [101, 0],
        [5000, 10],
        [0, 2 ** 50],
      ] as const) {
        await assertFails(
          store.read("short", { offset, length }),
          "DATA_DAMAGED",
          `reading ${length} bytes from ${offset} of 100`,
        );
      }
    },
  },
  {
    name: "a range that no file has is damage",
    async run(store) {
      await store.write([{ name: "file", bytes: pattern(100) }]);
      for (const [offset, length] of [
        [-1, 10],
        [10, -1],
        [0.5, 1],
        [1, 0.5],
        [Number.NaN, 1],
        [0, Infinity],
      ] as const) {
        await assertFails(
          store.read("file", { offset, length }),
          "DATA_DAMAGED",
          `reading ${length} bytes from ${offset}`,
        );
      }
    },
  },
];
