import { HoldfastError, isHoldfastError } from "../../../src/base/errors.ts";
import { altered, type BrokenStores } from "./altered.ts";

const MIB = 1024 * 1024;

export const BROKEN_READING: BrokenStores = {
  "a file reads back as it was written, whatever its bytes are": altered((inner) => ({
    read: async (...request) => Buffer.from(Buffer.from(await inner.read(...request)).toString("utf8")),
  })),

  "an empty file reads back empty": altered((inner) => ({
    async read(...request) {
      const bytes = await inner.read(...request);
      if (bytes.length === 0) throw new HoldfastError({ code: "NOT_FOUND", message: "nothing there" });
      return bytes;
    },
  })),

  "a file of 20 MiB reads back whole and in parts": altered((inner) => ({
    write: (files, options) =>
      inner.write(
        files.map(({ name, bytes }) => ({ name, bytes: bytes.subarray(0, 16 * MIB) })),
        options,
      ),
  })),

  "a range gives exactly the bytes asked for": altered((inner) => ({
    // as `Range: bytes=0--1` does
    read: (name, range, options) => inner.read(name, range?.length === 0 ? undefined : range, options),
  })),

  "a range past the end is damage, never fewer bytes": altered((inner) => ({
    async read(name, range, options) {
      if (range !== undefined && range.length < 0) return inner.read(name, range, options);
      const bytes = await inner.read(name, undefined, options);
      return range === undefined ? bytes : bytes.slice(range.offset, range.offset + range.length);
    },
  })),

  "a range that no file has is damage": altered((inner) => ({
    read: (name, range, options) =>
      inner.read(
        name,
        range && {
          offset: Math.max(0, Math.floor(range.offset)),
          length: Math.max(0, Math.floor(range.length)),
        },
        options,
      ),
  })),

  "a file that is not there is not found": altered((inner) => ({
    read: (...request) =>
      inner.read(...request).catch((error: unknown) => {
        if (isHoldfastError(error, "NOT_FOUND")) return new Uint8Array(0);
        throw error;
      }),
  })),

  "whoever reads owns the bytes": altered((inner) => {
    const cache = new Map<string, Uint8Array>();
    return {
      async read(name, range, options) {
        const bytes = cache.get(name) ?? (await inner.read(name, undefined, options));
        cache.set(name, bytes);
        return range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length);
      },
    };
  }),
};
