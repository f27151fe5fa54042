import { createCipheriv } from "node:crypto";
import { createRequire } from "node:module";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Primitives } from "./primitives.ts";
import { areWholeFrames } from "./zstd-frame.ts";

const require = createRequire(import.meta.url);

/** The primitives with what Node offers by itself, and Poly1305, which it does not, in JavaScript. */
export const portablePrimitives: Primitives = {
  poly1305(message, key) {
    // Loaded on use: almost nobody needs it, and everybody would wait for it.
    const noble = require("@noble/ciphers/_poly1305.js") as typeof import("@noble/ciphers/_poly1305.js");
    return noble.poly1305(message, key);
  },
  aes256Ctr(key, iv, input, output) {
    output.set(createCipheriv("aes-256-ctr", key, iv).update(input));
  },
  zstdCompress(bytes, level) {
    return zstdCompressSync(bytes, {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      pledgedSrcSize: bytes.byteLength,
    });
  },
  zstdDecompress(bytes, maximumBytes) {
    if (!areWholeFrames(bytes)) throw new Error("a Zstandard frame is cut short, or is none");
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(maximumBytes, 1) });
  },
};
