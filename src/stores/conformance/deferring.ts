import assert from "node:assert/strict";
import { assertFails, bytesOf, type ConformanceCase, filesNamed, isVisible, namesIn } from "./case.ts";

/** What `write` does with `deferred` and with a condition. */
export const DEFERRING_CASES: readonly ConformanceCase[] = [
  {
    name: "a deferred file is visible after the next write at the latest",
    async run(store) {
      const early = filesNamed(["data/1", "data/2", "data/3"], 3000);
      for (const file of early) await store.write([file], { deferred: true });
      await store.write(filesNamed(["snapshots/4"]));
      for (const file of early) assert.ok(await isVisible(store, file), `${file.name} should be visible`);
      assert.deepEqual(await namesIn(store, ""), ["data/1", "data/2", "data/3", "snapshots/4"]);
    },
  },
  {
    name: "whoever has written a deferred file may change the array",
    async run(store) {
      const [file] = filesNamed(["data/1"], 3000);
      assert.ok(file !== undefined);
      const bytes = file.bytes.slice();
      await store.write([{ name: file.name, bytes }], { deferred: true });
      bytes.fill(0);
      await store.write(filesNamed(["snapshots/2"]));
      assert.ok(await isVisible(store, file), "the deferred file after its writer changed the array");
    },
  },
  {
    name: "a removal does not bring deferred files down",
    async run(store) {
      await store.write([{ name: "old", bytes: bytesOf("old") }]);
      await store.write([{ name: "data/1", bytes: bytesOf("one") }], { deferred: true });
      await store.remove(["old"]);
      await store.write([{ name: "index/2", bytes: bytesOf("two") }]);
      assert.deepEqual(await namesIn(store, ""), ["data/1", "index/2"]);
    },
  },
  {
    name: "a condition that holds does not keep a write",
    needs: "conditionalWrites",
    async run(store) {
      await store.write([{ name: "data/1", bytes: bytesOf("one") }]);
      await store.write([{ name: "data/2", bytes: bytesOf("two") }], { deferred: true });
      const condition = { present: ["data/1", "data/2", "data/3"], absent: "locks/" };
      await store.write([{ name: "data/3", bytes: bytesOf("three") }], { condition });
      assert.deepEqual(await namesIn(store, ""), ["data/1", "data/2", "data/3"]);
    },
  },
  {
    name: "a write does nothing when a file is gone that it depends on",
    needs: "conditionalWrites",
    async run(store) {
      await store.write(filesNamed(["data/1", "data/2"]));
      await store.remove(["data/1"]);
      const condition = { present: ["data/1", "data/2"], absent: "locks/" };
      const write = store.write(filesNamed(["snapshots/3"]), { condition });
      await assertFails(write, "CONFLICT", "a write without what it depends on");
      assert.deepEqual(await namesIn(store, ""), ["data/2"]);
    },
  },
  {
    name: "a write does nothing when a name is there that must not be",
    needs: "conditionalWrites",
    async run(store) {
      await store.write(filesNamed(["data/1", "locks/other"]));
      const condition = { present: ["data/1"], absent: "locks/" };
      await assertFails(
        store.write(filesNamed(["snapshots/3"]), { condition }),
        "CONFLICT",
        "a write beside what must not be there",
      );
      assert.deepEqual(await namesIn(store, ""), ["data/1", "locks/other"]);
    },
  },
  {
    name: "a write does nothing when a name has come that was not known",
    needs: "conditionalWrites",
    async run(store) {
      await store.write(filesNamed(["snapshots/1", "other/1"]));
      const only = { prefix: "snapshots/", names: ["snapshots/1", "snapshots/gone"] };
      const condition = { present: [], absent: "locks/", only };
      await store.write(filesNamed(["snapshots/2"]), { condition });
      await assertFails(
        store.write(filesNamed(["snapshots/3"]), { condition }),
        "CONFLICT",
        "a write beside a newcomer",
      );
      assert.deepEqual(await namesIn(store, ""), ["other/1", "snapshots/1", "snapshots/2"]);
    },
  },
  {
    name: "a store that knows no conditions says so, and writes nothing",
    lacks: "conditionalWrites",
    async run(store) {
      const write = store.write(filesNamed(["a"]), { condition: { present: [], absent: "locks/" } });
      await assertFails(write, "CONFIG", "a write with a condition");
      assert.deepEqual(await namesIn(store, ""), []);
    },
  },
];
