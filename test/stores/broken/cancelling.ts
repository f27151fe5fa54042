import { setImmediate } from "node:timers/promises";
import { altered, type BrokenStores, writeSlowly } from "./altered.ts";
import { checkCancelled } from "../../../src/stores/cancelled.ts";

export const BROKEN_CANCELLING: BrokenStores = {
  "a call that was given up before it began has no effect": altered((inner) => ({
    async remove(names, options) {
      await inner.remove(names);
      checkCancelled(options);
    },
  })),

  "a listing that is given up midway ends there": altered((inner) => ({
    async *list(prefix, options) {
      checkCancelled(options);
      yield* inner.list(prefix);
    },
  })),

  "a batch that is given up midway leaves all its files, none, or those in front": altered((inner) => ({
    write: (files, options) =>
      writeSlowly(inner, files.toReversed(), async () => {
        await setImmediate();
        checkCancelled(options);
      }),
  })),
};
