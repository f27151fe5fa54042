import assert from "node:assert/strict";
import { assertFails, assertSameBytes, bytesOf, type ConformanceCase, namesIn } from "./case.ts";

const GOOD_NAMES: readonly string[] = [
  "config",
  "a",
  "-",
  "_",
  "...",
  "..a/.b/c.",
  "ABC.xyz_0-9/d",
  "data/3f/3fa9",
  "x-tmp-y",
  "s".repeat(255),
];

/** 1024 characters. */
const LONGEST_NAME = "0123456/".repeat(127) + "01234567";

const BAD_NAMES: readonly string[] = [
  "",
  "/",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "a/./b",
  "a/../b",
  "../a",
  "a b",
  "a\\b",
  "a\0b",
  "a\nb",
  "a%2fb",
  "a?b",
  "é",
  "a:b",
  "a/x-tmp-123",
  "s".repeat(256),
  "0123456/".repeat(128) + "0",
];

const BAD_PREFIXES: readonly string[] = ["/", "/a", "a//", "../", "a/../", "./a", "a b", "é", "a\0", "*"];

/** Which names are taken, and which are refused. */
export const NAMING_CASES: readonly ConformanceCase[] = [
  {
    name: "every name of the contract can be written, read, listed and removed",
    async run(store) {
      for (const name of GOOD_NAMES) {
        await store.write([{ name, bytes: bytesOf(name) }]);
        assertSameBytes(await store.read(name), bytesOf(name), name);
      }
      assert.deepEqual(await namesIn(store, ""), GOOD_NAMES.toSorted());
      await store.remove(GOOD_NAMES);
      assert.deepEqual(await namesIn(store, ""), []);
    },
  },
  {
    name: "the longest name of the contract can be written, read, listed and removed",
    isLongNamed: true,
    async run(store) {
      const file = { name: LONGEST_NAME, bytes: bytesOf("x") };
      await store.write([file]);
      assertSameBytes(await store.read(file.name), file.bytes, "the file with the longest name");
      assert.deepEqual(await namesIn(store, ""), [LONGEST_NAME]);
      await store.remove([LONGEST_NAME]);
      assert.deepEqual(await namesIn(store, ""), []);
    },
  },
  {
    name: "bad names are refused before any effect",
    async run(store) {
      await store.write([{ name: "kept", bytes: bytesOf("kept") }]);
      for (const name of BAD_NAMES) {
        const shown = JSON.stringify(name.slice(0, 20));
        const files = [
          { name: "good", bytes: bytesOf("good") },
          { name, bytes: bytesOf("bad") },
        ];
        await assertFails(store.write(files), "CONFIG", `writing ${shown}`);
        await assertFails(store.read(name), "CONFIG", `reading ${shown}`);
        await assertFails(store.remove(["kept", name]), "CONFIG", `removing ${shown}`);
      }
      for (const prefix of BAD_PREFIXES) {
        await assertFails(namesIn(store, prefix), "CONFIG", `listing ${JSON.stringify(prefix)}`);
      }
      assert.deepEqual(await namesIn(store, ""), ["kept"]);
    },
  },
];
