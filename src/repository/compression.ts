import { HoldfastError } from "../base/errors.ts";
import { primitives } from "./primitives.ts";

/** Zstandard level of everything we write; `bench/engine` compares it with its neighbours. */
const LEVEL = 3;

/** Compresses bytes with Zstandard; the result is good until the next call. */
export function compress(bytes: Uint8Array): Uint8Array {
  return primitives().zstdCompress(bytes, LEVEL);
}

/**
 * Decompresses a Zstandard frame; never makes more than `maximumBytes`, whatever the frame claims.
 *
 * @param room memory for the content, used where it is large enough
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not one, is cut short, or holds more
 */
export function decompress(bytes: Uint8Array, maximumBytes: number, room?: Uint8Array): Buffer {
  try {
    const content = primitives().zstdDecompress(bytes, maximumBytes, room);
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  } catch (cause) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: "compressed data cannot be read", cause });
  }
}
