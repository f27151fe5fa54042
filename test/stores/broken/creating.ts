import { setImmediate } from "node:timers/promises";
import { HoldfastError, isHoldfastError } from "../../../src/base/errors.ts";
import type { Store } from "../../../src/stores/store.ts";
import { altered, type BrokenStores } from "./altered.ts";

export const BROKEN_CREATING: BrokenStores = {
  "a create-only write makes a new file": altered((inner) => ({
    async write(files, options) {
      if (options?.createOnly === true) throw taken();
      await inner.write(files, options);
    },
  })),

  "a create-only write fails once the name is taken, and leaves the file alone": altered((inner) => ({
    write: (files) => inner.write(files),
  })),

  "a create-only write fails also when the same bytes are there already": altered((inner) => ({
    async write(files, options) {
      for (const file of files) {
        const stored = await inner.read(file.name).catch(() => null);
        if (stored === null || Buffer.compare(stored, file.bytes) !== 0) await inner.write([file], options);
      }
    },
  })),

  "of 20 create-only writers on one name exactly one wins, and its file is whole": altered((inner) => ({
    async write(files) {
      for (const { name } of files) if (await isTaken(inner, name)) throw taken();
      await setImmediate();
      await inner.write(files);
    },
  })),

  "a create-only batch that finds a name taken stores none of its files, or those in front of it": altered(
    (inner) => ({
      async write(files, options) {
        const failures: unknown[] = [];
        for (const file of files)
          await inner.write([file], options).catch((error: unknown) => failures.push(error));
        if (failures.length > 0) throw failures[0];
      },
    }),
    { atomicBatch: false },
  ),

  "a store that cannot create only says so, and writes nothing": altered(
    (inner) => ({ write: (files) => inner.write(files) }),
    { createOnly: false },
  ),
};

async function isTaken(store: Store, name: string): Promise<boolean> {
  return store.read(name).then(
    () => true,
    (error: unknown) => !isHoldfastError(error, "NOT_FOUND"),
  );
}

function taken(): HoldfastError {
  return new HoldfastError({ code: "ALREADY_EXISTS", message: "taken" });
}
