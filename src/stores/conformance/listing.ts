import assert from "node:assert/strict";
import { type ConformanceCase, filesNamed, listAll, namesIn, pattern, whileWriting } from "./case.ts";

const MANY = 2000;

/** What `list` gives. */
export const LISTING_CASES: readonly ConformanceCase[] = [
  {
    name: "a store that was never written to lists nothing",
    async run(store) {
      for (const prefix of ["", "data/", "snapshots/ab"]) assert.deepEqual(await namesIn(store, prefix), []);
    },
  },
  {
    name: "a prefix is the beginning of a name, cut anywhere",
    async run(store) {
      const names = ["a", "b/c1", "b/c2/d", "b/e", "bc/d", "bc/e"];
      await store.write(filesNamed(names));
      for (const prefix of [
        "",
        "a",
        "a/",
        "b",
        "b/",
        "b/c",
        "b/c1",
        "b/c2/",
        "b/c2/d",
        "b/c2/dd",
        "bc",
        "c",
        "b/c2/d/e",
      ]) {
        const expected = names.filter((name) => name.startsWith(prefix));
        assert.deepEqual(await namesIn(store, prefix), expected, `the names that begin with '${prefix}'`);
      }
    },
  },
  {
    name: "a listing gives the sizes",
    async run(store) {
      const sizes = [0, 1, 4096, 100_001];
      await store.write(sizes.map((size) => ({ name: `sizes/${size}`, bytes: pattern(size) })));
      for (const { name, sizeBytes } of await listAll(store, "sizes/"))
        assert.equal(`sizes/${sizeBytes}`, name);
      assert.equal((await listAll(store, "sizes/")).length, sizes.length);
    },
  },
  {
    name: "2,000 files are listed, each once",
    isHeavy: true,
    async run(store) {
      const names = Array.from({ length: MANY }, (_, index) => `many/${String(index).padStart(4, "0")}`);
      await store.write(filesNamed(names, 10));
      assert.deepEqual(await namesIn(store, "many/"), names);
      assert.deepEqual(await namesIn(store, "many/19"), names.slice(1900));
    },
  },
  {
    name: "files that are being written are not listed",
    async run(store) {
      const files = filesNamed(["data/a", "data/b", "index/c"], 300_000);
      const expected = files.map(({ name, bytes }) => ({ name, sizeBytes: bytes.length }));
      await whileWriting(
        () => store.write(files),
        async () => {
          for (const file of await listAll(store, "")) {
            const isWhole = expected.some(
              ({ name, sizeBytes }) => name === file.name && sizeBytes === file.sizeBytes,
            );
            assert.ok(isWhole, `${file.name} with ${file.sizeBytes} bytes is listed during the write`);
          }
        },
      );
      assert.deepEqual(await listAll(store, ""), expected);
    },
  },
  {
    name: "a listing may be left early",
    async run(store) {
      await store.write(filesNamed(["a/1", "a/2", "a/3"]));
      for await (const file of store.list("a/")) {
        assert.ok(file.name.startsWith("a/"));
        break;
      }
      assert.deepEqual(await namesIn(store, "a/"), ["a/1", "a/2", "a/3"]);
    },
  },
];
