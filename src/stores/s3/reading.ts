import { HoldfastError } from "../../base/errors.ts";
import type { HttpResponse } from "../http/exchange.ts";
import { resolveRange, shortRead } from "../ranges.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import type { S3Client, S3Request } from "./client.ts";
import { failureOf } from "./response.ts";

/** How much is expected of a file whose size is not known, so that it is given the time. */
const USUAL_BYTES = 4 * 1024 * 1024;

/** As `Store.read`: one request. */
export async function readFile(
  client: S3Client,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions | undefined,
): Promise<Uint8Array> {
  // What is wrong with the range itself is said before anything is asked.
  if (range !== undefined) resolveRange(name, Number.MAX_SAFE_INTEGER, range);
  const what = `read ${name} in the bucket ${client.place.bucket}`;
  const request: S3Request = {
    signal: options?.signal,
    method: "GET",
    name,
    headers: range === undefined ? {} : { range: rangeHeader(range) },
    sizeBytes: range?.length ?? USUAL_BYTES,
    what,
    right: "read",
  };
  const response = await client.send(request);
  switch (response.status) {
    case 200: {
      const { offset, length } = resolveRange(name, response.bytes.length, range);
      return range === undefined ? response.bytes : response.bytes.slice(offset, offset + length);
    }
    case 206:
      return partOf(name, response, range);
    case 416:
      return nothingOf(name, response, range);
    case 404:
      if (failureOf(response).code !== "NoSuchBucket") throw notFound(name);
      throw client.errorOf(response, request);
    default:
      throw client.errorOf(response, request);
  }
}

/** Of no bytes, the last one in front of them is asked for: so it is known whether the file is so long. */
function rangeHeader({ offset, length }: ByteRange): string {
  if (length > 0) return `bytes=${offset}-${offset + length - 1}`;
  const first = Math.max(0, offset - 1);
  return `bytes=${first}-${first}`;
}

function partOf(name: string, response: HttpResponse, range: ByteRange | undefined): Uint8Array {
  if (range === undefined) throw shortRead(name);
  if (range.length === 0) return new Uint8Array(0);
  const total = /\/(\d+)$/.exec(response.header("content-range") ?? "")?.[1];
  if (total !== undefined) resolveRange(name, Number(total), range);
  if (response.bytes.length !== range.length) throw shortRead(name);
  return response.bytes;
}

/** The file ends in front of the range; an empty one has none at all. */
function nothingOf(name: string, response: HttpResponse, range: ByteRange | undefined): Uint8Array {
  const total = /\/(\d+)$/.exec(response.header("content-range") ?? "")?.[1];
  if (range?.offset === 0 && range.length === 0) return new Uint8Array(0);
  resolveRange(name, Number(total ?? 0), range);
  throw shortRead(name);
}

function notFound(name: string): HoldfastError {
  return new HoldfastError({ code: "NOT_FOUND", message: `${name} is not in the store` });
}
