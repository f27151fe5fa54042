import { setImmediate } from "node:timers/promises";
import { HoldfastError } from "../../../src/base/errors.ts";
import { altered, type BrokenStores } from "./altered.ts";

const PAGE = 1000;

export const BROKEN_LISTING: BrokenStores = {
  "a store that was never written to lists nothing": altered((inner) => ({
    async *list(prefix, options) {
      yield { name: ".keep", sizeBytes: 0 };
      yield* inner.list(prefix, options);
    },
  })),

  "a prefix is the beginning of a name, cut anywhere": altered((inner) => ({
    async *list(prefix, options) {
      const folder = prefix.replace(/\/$/, "");
      for await (const file of inner.list(prefix, options)) {
        if (folder === "" || file.name === folder || file.name.startsWith(`${folder}/`)) yield file;
      }
    },
  })),

  "a listing gives the sizes": altered((inner) => ({
    async *list(prefix, options) {
      for await (const { name, sizeBytes } of inner.list(prefix, options)) {
        yield { name, sizeBytes: Math.ceil(sizeBytes / 4096) * 4096 };
      }
    },
  })),

  "2,000 files are listed, each once": altered((inner) => ({
    async *list(prefix, options) {
      let count = 0;
      for await (const file of inner.list(prefix, options)) if (++count <= PAGE) yield file;
    },
  })),

  "files that are being written are not listed": altered((inner) => ({
    async write(files, options) {
      await inner.write([{ name: "upload.part", bytes: new Uint8Array(1) }], options);
      await setImmediate();
      await inner.write(files, options);
      await inner.remove(["upload.part"]);
    },
  })),

  "a listing may be left early": altered((inner) => {
    let isListing = false;
    return {
      async *list(prefix, options) {
        if (isListing) throw new HoldfastError({ code: "FAILED", message: "the connection is busy" });
        isListing = true;
        yield* inner.list(prefix, options);
        isListing = false;
      },
    };
  }),
};
