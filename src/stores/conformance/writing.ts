import assert from "node:assert/strict";
import {
  assertSameBytes,
  type ConformanceCase,
  filesNamed,
  isVisible,
  listAll,
  namesIn,
  pattern,
  whileWriting,
} from "./case.ts";
import type { NewFile, Store } from "../store.ts";

const WRITERS = 20;
/** More than any store shows at once that does not show all of them. */
const MANY_FILES = 150;

/** What `write` does without `createOnly`. */
export const WRITING_CASES: readonly ConformanceCase[] = [
  {
    name: "a write replaces a file as a whole",
    async run(store) {
      await store.write([{ name: "index/one", bytes: pattern(5000, 1) }]);
      await store.write([{ name: "index/one", bytes: pattern(300, 2) }]);
      assertSameBytes(await store.read("index/one"), pattern(300, 2), "the file after it was replaced");
      assert.deepEqual(await listAll(store, ""), [{ name: "index/one", sizeBytes: 300 }]);
    },
  },
  {
    name: "whoever reads a file while it is replaced gets the old one or the new one",
    async run(store) {
      const versions = [pattern(200_000, 1), pattern(100_000, 2)] as const;
      await store.write([{ name: "changing", bytes: versions[0] }]);
      await whileWriting(
        async () => {
          for (let turn = 0; turn < 10; turn += 1) {
            await store.write([{ name: "changing", bytes: versions[turn % 2 === 0 ? 1 : 0] }]);
          }
        },
        async () => {
          const seen = await store.read("changing");
          const version = seen.length === versions[0].length ? versions[0] : versions[1];
          assertSameBytes(seen, version, "the file while it is replaced");
        },
      );
    },
  },
  {
    name: "whoever has written may change the array",
    async run(store) {
      const bytes = pattern(100);
      await store.write([{ name: "kept", bytes }]);
      bytes.fill(0);
      assertSameBytes(await store.read("kept"), pattern(100), "the file after its writer changed the array");
    },
  },
  {
    name: "a batch stores all its files, and a batch of none is no error",
    async run(store) {
      const files = filesNamed(["data/00/a", "data/ff/b", "index/c", "snapshots/d", "e"]);
      await store.write(files);
      await store.write([]);
      await assertAllVisible(store, files);
      assert.deepEqual(await namesIn(store, ""), files.map(({ name }) => name).sort());
    },
  },
  {
    name: "a file of a batch is never visible before those in front of it",
    async run(store) {
      const names = Array.from({ length: 12 }, (_, index) => `${["z", "m", "a"][index % 3]}/${index}`);
      const files = filesNamed(names, 50_000);
      await whileWriting(
        () => store.write(files),
        async () => {
          let seen: string | null = null;
          for (const file of files.toReversed()) {
            const visible = await isVisible(store, file);
            if (seen !== null)
              assert.ok(visible, `${seen} is visible, and ${file.name} in front of it is not`);
            if (visible) seen = file.name;
          }
        },
      );
      await assertAllVisible(store, files);
    },
  },
  {
    name: "of more files than become visible at once, none is visible before those in front of it",
    async run(store) {
      const count = Math.min(store.traits.atomicFiles + 1, MANY_FILES);
      const names = Array.from({ length: count }, (_, index) => `${["z", "m", "a"][index % 3]}/${index}`);
      const files = filesNamed(names);
      await whileWriting(
        () => store.write(files),
        async () => {
          const seen = new Set(await namesIn(store, ""));
          const beginning = names.slice(0, seen.size);
          assert.deepEqual(
            [...seen].sort(),
            beginning.sort(),
            "what is visible is no beginning of the batch",
          );
        },
      );
      assert.equal((await namesIn(store, "")).length, count);
    },
  },
  {
    name: "20 writers on different names do not disturb each other",
    async run(store) {
      const files = filesNamed(
        Array.from({ length: WRITERS }, (_, index) => `data/${index % 4}/${index}`),
        20_000,
      );
      await Promise.all(files.map((file) => store.write([file])));
      await assertAllVisible(store, files);
      assert.equal((await namesIn(store, "data/")).length, WRITERS);
    },
  },
  {
    name: "of 20 writers on one name one is the last, and its file is whole",
    async run(store) {
      const files = filesNamed(
        Array.from({ length: WRITERS }, () => "locks/same"),
        50_000,
      );
      await Promise.all(files.map((file) => store.write([file])));
      const stored = await store.read("locks/same");
      const writer = files.findIndex(({ bytes }) => Buffer.compare(bytes, stored) === 0);
      assert.notEqual(writer, -1, "the file is none of those that were written");
      assert.deepEqual(await namesIn(store, "locks/"), ["locks/same"]);
    },
  },
];

async function assertAllVisible(store: Store, files: readonly NewFile[]): Promise<void> {
  for (const file of files) assert.ok(await isVisible(store, file), `${file.name} should be visible`);
}
