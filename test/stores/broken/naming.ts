import { HoldfastError } from "../../../src/base/errors.ts";
import { altered, type BrokenStores } from "./altered.ts";

export const BROKEN_NAMING: BrokenStores = {
  "every name of the contract can be written, read, listed and removed": altered((inner) => ({
    async write(files, options) {
      for (const { name } of files) {
        if (name.startsWith(".")) throw new HoldfastError({ code: "CONFIG", message: "the key is odd" });
      }
      await inner.write(files, options);
    },
  })),

  "the longest name of the contract can be written, read, listed and removed": altered((inner) => ({
    async write(files, options) {
      for (const { name } of files) {
        if (name.length > 1000) throw new HoldfastError({ code: "CONFIG", message: "the key is too long" });
      }
      await inner.write(files, options);
    },
  })),

  "bad names are refused before any effect": altered((inner) => ({
    async write(files, options) {
      for (const file of files) await inner.write([file], options);
    },
  })),
};
