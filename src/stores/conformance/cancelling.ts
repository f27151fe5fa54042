import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { isHoldfastError } from "../../base/errors.ts";
import type { NewFile, Store } from "../store.ts";
import {
  assertBeginning,
  assertFails,
  bytesOf,
  type ConformanceCase,
  filesNamed,
  isVisible,
  listAll,
  namesIn,
} from "./case.ts";

/** Turns of the event loop after which a batch is given up, one batch each. */
const TURNS = [0, 1, 2, 3, 4, 6, 8, 12, 20, 40];

/** What an abort signal does. */
export const CANCELLING_CASES: readonly ConformanceCase[] = [
  {
    name: "a call that was given up before it began has no effect",
    async run(store) {
      const file = { name: "kept", bytes: bytesOf("kept") };
      await store.write([file]);
      const signal = AbortSignal.abort();
      const other = [{ name: "kept", bytes: bytesOf("other") }];
      await assertFails(store.write(other, { signal }), "CANCELLED", "a write");
      await assertFails(store.write(filesNamed(["new"]), { signal }), "CANCELLED", "a write of a new file");
      await assertFails(store.remove(["kept"], { signal }), "CANCELLED", "a removal");
      await assertFails(store.read("kept", undefined, { signal }), "CANCELLED", "a read");
      await assertFails(listAll(store, "", signal), "CANCELLED", "a listing");
      assert.deepEqual(await namesIn(store, ""), ["kept"]);
      assert.ok(await isVisible(store, file));
    },
  },
  {
    name: "a listing that is given up midway ends there",
    async run(store) {
      await store.write(filesNamed(["a/1", "a/2", "b/3", "b/4", "c"]));
      const controller = new AbortController();
      let seen = 0;
      const listing = async (): Promise<void> => {
        for await (const _ of store.list("", { signal: controller.signal })) {
          seen += 1;
          if (seen === 2) controller.abort();
        }
      };
      await assertFails(listing(), "CANCELLED", "a listing that is given up after two files");
      assert.equal(seen, 2, "files that were listed");
    },
  },
  {
    name: "a batch that is given up midway leaves all its files, none, or those in front",
    async run(store) {
      for (const turns of TURNS) {
        const names = ["data/1", "index/2", "data/3", "snapshots/4", "data/5"];
        const files = filesNamed(
          names.map((name) => `${name}-${turns}`),
          100_000,
        );
        if (await isStoredDespiteAbort(store, files, turns)) {
          for (const file of files) assert.ok(await isVisible(store, file), `${file.name} should be visible`);
        } else await assertBeginning(store, files);
      }
    },
  },
];

/** Gives a batch up after some turns; true when it was stored all the same. */
async function isStoredDespiteAbort(
  store: Store,
  files: readonly NewFile[],
  turns: number,
): Promise<boolean> {
  const controller = new AbortController();
  const writing = store.write(files, { signal: controller.signal }).then(
    () => true,
    (error: unknown) => {
      if (isHoldfastError(error, "CANCELLED")) return false;
      throw error;
    },
  );
  // The turns go by beside the write; a rejection of it is looked at below.
  writing.catch(() => undefined);
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
  controller.abort();
  return writing;
}
