import assert from "node:assert/strict";
import { assertFails, assertSameBytes, bytesOf, type ConformanceCase, filesNamed, namesIn } from "./case.ts";

/** What `remove` does. */
export const REMOVING_CASES: readonly ConformanceCase[] = [
  {
    name: "a removed file is gone, and no other",
    async run(store) {
      await store.write(filesNamed(["data/a", "data/ab", "index/a"]));
      await store.remove(["data/a", "index/a"]);
      await assertFails(store.read("data/a"), "NOT_FOUND", "reading a removed file");
      assert.deepEqual(await namesIn(store, ""), ["data/ab"]);
    },
  },
  {
    name: "removing what is not there is no error, and does not keep the rest",
    async run(store) {
      await store.remove(["never/was", "none"]);
      await store.remove([]);
      await store.write(filesNamed(["data/aa/1", "data/aa/2"]));
      await store.remove(["data/aa/0", "data/bb/1", "data/aa", "data/aa/1/x", "data/aa/1", "data/aa/1"]);
      assert.deepEqual(await namesIn(store, ""), ["data/aa/2"]);
    },
  },
  {
    name: "a name that was removed can be written again",
    async run(store) {
      await store.write([{ name: "again", bytes: bytesOf("first") }]);
      await store.remove(["again"]);
      await store.write([{ name: "again", bytes: bytesOf("second") }], {
        createOnly: store.traits.createOnly,
      });
      assertSameBytes(await store.read("again"), bytesOf("second"), "the file that was written again");
    },
  },
];
