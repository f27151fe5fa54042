import type { NewFile } from "../../../src/stores/store.ts";
import { altered, type BrokenStores } from "./altered.ts";

const CONDITIONAL = { conditionalWrites: true };

export const BROKEN_DEFERRING: BrokenStores = {
  "a deferred file is visible after the next write at the latest": altered((inner) => ({
    async write(files, options) {
      if (options?.deferred !== true) await inner.write(files, options);
    },
  })),

  "whoever has written a deferred file may change the array": altered((inner) => {
    const pending: NewFile[] = [];
    return {
      async write(files, options) {
        if (options?.deferred === true) pending.push(...files);
        else await inner.write([...pending.splice(0), ...files], options);
      },
    };
  }),

  "a removal does not bring deferred files down": altered((inner) => {
    const pending: NewFile[] = [];
    return {
      async write(files, options) {
        if (options?.deferred === true) pending.push(...files);
        else await inner.write([...pending.splice(0), ...files], options);
      },
      async remove(names, options) {
        pending.splice(0);
        await inner.remove(names, options);
      },
    };
  }),

  "a condition that holds does not keep a write": altered(
    (inner) => ({
      async write(files, options) {
        // Forgets that the files of the write itself count.
        await inner.write([], options);
        await inner.write(files);
      },
    }),
    CONDITIONAL,
  ),

  "a write does nothing when a file is gone that it depends on": altered(
    (inner) => ({
      write: (files, options) =>
        inner.write(files, { condition: { present: [], absent: options?.condition?.absent ?? "none" } }),
    }),
    CONDITIONAL,
  ),

  "a write does nothing when a name is there that must not be": altered(
    (inner) => ({
      write: (files, options) =>
        inner.write(files, { condition: { present: options?.condition?.present ?? [], absent: "none" } }),
    }),
    CONDITIONAL,
  ),

  "a write does nothing when a name has come that was not known": altered(
    (inner) => ({
      write: (files, options) =>
        inner.write(files, options?.condition && { condition: { present: [], absent: "locks/" } }),
    }),
    CONDITIONAL,
  ),

  "a store that knows no conditions says so, and writes nothing": altered((inner) => ({
    write: (files) => inner.write(files),
  })),
};
