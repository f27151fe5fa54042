import { setImmediate } from "node:timers/promises";
import { openMemoryStore } from "../../../src/stores/memory.ts";
import type { NewFile } from "../../../src/stores/store.ts";
import { altered, type BrokenStores, writeSlowly } from "./altered.ts";

export const BROKEN_WRITING: BrokenStores = {
  "a write replaces a file as a whole": altered((inner) => ({
    async write(files, options) {
      for (const { name, bytes } of files) {
        const before = await inner.read(name).catch(() => new Uint8Array(0));
        await inner.write([{ name, bytes: Buffer.concat([bytes, before.subarray(bytes.length)]) }], options);
      }
    },
  })),

  "whoever reads a file while it is replaced gets the old one or the new one": altered((inner) => ({
    write: (files) =>
      writeSlowly(
        inner,
        files.flatMap(({ name, bytes }) => [
          { name, bytes: bytes.subarray(0, bytes.length / 2) },
          { name, bytes },
        ]),
        setImmediate,
      ),
  })),

  "whoever has written may change the array": altered((inner) => {
    const written = new Map<string, Uint8Array>();
    return {
      async write(files, options) {
        await inner.write(files, options);
        for (const { name, bytes } of files) written.set(name, bytes);
      },
      read: async (name, range, options) =>
        written.get(name)?.slice() ?? (await inner.read(name, range, options)),
    };
  }),

  "a batch stores all its files, and a batch of none is no error": altered((inner) => ({
    write: (files, options) => inner.write(files.slice(0, 4), options),
  })),

  "a file of a batch is never visible before those in front of it": altered((inner) => ({
    write: (files) => writeSlowly(inner, files.toReversed(), setImmediate),
  })),

  "of more files than become visible at once, none is visible before those in front of it": altered(
    (inner) => ({
      async write(files) {
        await inner.write(files.slice(2));
        await setImmediate();
        await inner.write(files.slice(0, 2));
      },
    }),
    { atomicFiles: 2 },
  ),

  "20 writers on different names do not disturb each other": altered((inner) => {
    let latest = inner;
    return {
      async write(files) {
        const [before, next] = [latest, openMemoryStore()];
        for await (const { name } of before.list("")) {
          await next.write([{ name, bytes: await before.read(name) }]);
        }
        await setImmediate();
        await next.write(files);
        latest = next;
      },
      read: (...request) => latest.read(...request),
    };
  }),

  "of 20 writers on one name one is the last, and its file is whole": altered((inner) => {
    let writers = 0;
    const patch = async ({ name, bytes }: NewFile, from: number, to: number): Promise<void> => {
      const whole = await inner.read(name).catch(() => new Uint8Array(bytes.length));
      whole.set(bytes.subarray(from, to), from);
      await inner.write([{ name, bytes: whole }]);
    };
    return {
      async write([file]) {
        if (file === undefined) return;
        const middle = file.bytes.length / 2;
        const halves = [
          [0, middle],
          [middle, file.bytes.length],
        ] as const;
        const order = writers++ % 2 === 0 ? halves : halves.toReversed();
        for (const [from, to] of order) {
          await patch(file, from, to);
          await setImmediate();
        }
      },
    };
  }),
};
