import { HoldfastError } from "../../base/errors.ts";
import { resolveRange, shortRead } from "../ranges.ts";
import type { ByteRange } from "../store.ts";
import type { HttpResponse } from "./exchange.ts";

/** The header that asks for a part of a file, which is not empty; none for all of it. */
export function rangeHeader(range: ByteRange | undefined): Record<string, string> {
  return range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
}

/**
 * What an answer to a read has of a file: all of it is cut, a part has to be the one that was asked for.
 *
 * @returns `null` when the status says something else
 * @throws {HoldfastError} `DATA_DAMAGED` when the file is shorter than the range; `STORE_UNREACHABLE` when
 *   another part has come
 */
export function bodyOf(
  response: HttpResponse,
  name: string,
  range: ByteRange | undefined,
): Uint8Array | null {
  const { status, bytes } = response;
  if (status === 200) {
    const { offset, length } = resolveRange(name, bytes.length, range);
    return range === undefined ? bytes : bytes.slice(offset, offset + length);
  }
  if (range === undefined) return null;
  if (status === 206) {
    const said = response.header("content-range") ?? "";
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(said) ?? [];
    if (first === undefined || Number(first) !== range.offset) throw otherPart(name);
    resolveRange(name, Number(total), range);
    if (bytes.length !== range.length) throw shortRead(name);
    return bytes;
  }
  if (status === 416) throw shorter(name, range);
  return null;
}

function otherPart(name: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: `could not read ${name}: another part of it came than was asked for`,
    hint: "try again; look whether a proxy stands in between",
  });
}

function shorter(name: string, { offset, length }: ByteRange): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `${name} is shorter than the bytes from ${offset} to ${offset + length} that were asked for`,
  });
}
