import assert from "node:assert/strict";
import {
  assertBeginning,
  assertFails,
  assertSameBytes,
  bytesOf,
  type ConformanceCase,
  filesNamed,
  isVisible,
  namesIn,
} from "./case.ts";
import { isHoldfastError } from "../../base/errors.ts";

const WRITERS = 20;

/** What `write` does with `createOnly`. */
export const CREATING_CASES: readonly ConformanceCase[] = [
  {
    name: "a create-only write makes a new file",
    needs: "createOnly",
    async run(store) {
      await store.write([{ name: "locks/new", bytes: bytesOf("new") }], { createOnly: true });
      assertSameBytes(await store.read("locks/new"), bytesOf("new"), "the new file");
    },
  },
  {
    name: "a create-only write fails once the name is taken, and leaves the file alone",
    needs: "createOnly",
    async run(store) {
      await store.write([{ name: "locks/a", bytes: bytesOf("first") }]);
      const write = store.write([{ name: "locks/a", bytes: bytesOf("second") }], { createOnly: true });
      await assertFails(write, "ALREADY_EXISTS", "writing a name that is taken");
      assertSameBytes(await store.read("locks/a"), bytesOf("first"), "the file that was there");
      assert.deepEqual(await namesIn(store, ""), ["locks/a"]);
    },
  },
  {
    name: "a create-only write fails also when the same bytes are there already",
    needs: "createOnly",
    async run(store) {
      const files = [{ name: "locks/same", bytes: bytesOf("same") }];
      await store.write(files);
      await assertFails(
        store.write(files, { createOnly: true }),
        "ALREADY_EXISTS",
        "writing the same bytes again",
      );
    },
  },
  {
    name: "of 20 create-only writers on one name exactly one wins, and its file is whole",
    needs: "createOnly",
    async run(store) {
      const files = filesNamed(
        Array.from({ length: WRITERS }, () => "locks/one"),
        50_000,
      );
      const outcomes = await Promise.allSettled(
        files.map((file) => store.write([file], { createOnly: true })),
      );
      for (const outcome of outcomes) {
        if (outcome.status === "rejected" && !isHoldfastError(outcome.reason, "ALREADY_EXISTS"))
          throw outcome.reason;
      }
      const winners = files.filter((_, index) => outcomes[index]?.status === "fulfilled");
      assert.equal(winners.length, 1, "writers that were told that they won");
      for (const winner of winners)
        assert.ok(await isVisible(store, winner), "the winner's file should be visible");
    },
  },
  {
    name: "a create-only batch that finds a name taken stores none of its files, or those in front of it",
    needs: "createOnly",
    async run(store) {
      const [first, taken, last] = ["data/1", "index/2", "snapshots/3"] as const;
      await store.write([{ name: taken, bytes: bytesOf("taken") }]);
      const files = filesNamed([first, taken, last]);
      await assertFails(
        store.write(files, { createOnly: true }),
        "ALREADY_EXISTS",
        "a batch with a name that is taken",
      );
      assertSameBytes(await store.read(taken), bytesOf("taken"), "the file that was there");
      await assertBeginning(
        store,
        files.filter(({ name }) => name !== taken),
      );
      assert.ok(
        !(await namesIn(store, "")).includes(last),
        "a file behind the name that is taken was stored",
      );
    },
  },
  {
    name: "a store that cannot create only says so, and writes nothing",
    lacks: "createOnly",
    async run(store) {
      const write = store.write([{ name: "locks/a", bytes: bytesOf("a") }], { createOnly: true });
      await assertFails(write, "CONFIG", "a create-only write");
      assert.deepEqual(await namesIn(store, ""), []);
    },
  },
];
