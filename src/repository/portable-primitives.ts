import { createCipheriv } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import type { Primitives } from "./primitives.ts";

/** The primitives with what Node offers by itself, and Poly1305, which it does not, in JavaScript. */
export const portablePrimitives: Primitives = {
  poly1305,
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
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(maximumBytes, 1) });
  },
};
