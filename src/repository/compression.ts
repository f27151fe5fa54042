import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { HoldfastError } from "../base/errors.ts";

/** Zstandard level of everything we write; `bench/engine` compares it with its neighbours. */
const LEVEL = 3;

/** Compresses bytes with Zstandard (RFC 8878). */
export function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    pledgedSrcSize: bytes.byteLength,
  });
}

/**
 * Decompresses a Zstandard frame; never makes more than `maximumBytes`, whatever the frame claims.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not one, is cut short, or holds more
 */
export function decompress(bytes: Uint8Array, maximumBytes: number): Buffer {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(maximumBytes, 1) });
  } catch (cause) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: "compressed data cannot be read", cause });
  }
}
