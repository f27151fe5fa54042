import { HoldfastError } from "../base/errors.ts";
import type { ByteRange } from "./store.ts";

/** Most bytes that one read gives. Packs and indexes are far smaller; a longer file is not one of ours. */
const MAX_READ_BYTES = 2 ** 30;

/**
 * What of a file of `sizeBytes` a read has to give; the whole file when no range is asked for.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when the file is shorter than the range, when the range is
 *   not made of whole numbers from 0, or when it is longer than 1 GiB: ranges come from an index
 *   that may be damaged
 */
export function resolveRange(name: string, sizeBytes: number, range: ByteRange | undefined): ByteRange {
  const { offset, length } = range ?? { offset: 0, length: sizeBytes };
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw damaged(name, `cannot be read from byte ${offset} for ${length} bytes`);
  }
  if (offset + length > sizeBytes) {
    throw damaged(
      name,
      `is ${sizeBytes} bytes long, and the bytes from ${offset} to ${offset + length} were asked for`,
    );
  }
  if (length > MAX_READ_BYTES)
    throw damaged(name, `has ${length} bytes to be read at once, more than any file of ours`);
  return { offset, length };
}

/** The error of a read that gave fewer bytes than the file had a moment before. */
export function shortRead(name: string): HoldfastError {
  return damaged(name, "became shorter while it was read");
}

function damaged(name: string, problem: string): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message: `${name} ${problem}` });
}
