import { bodyOf, rangeHeader } from "../http/body.ts";
import { resolveRange } from "../ranges.ts";
import { notFound } from "../refusals.ts";
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
  const isNothing = range?.length === 0;
  // Of no bytes, the last one in front of them is asked for: so it is known whether the file is so long.
  const asked = isNothing ? { offset: Math.max(0, range.offset - 1), length: 1 } : range;
  const request: S3Request = {
    signal: options?.signal,
    method: "GET",
    name,
    headers: rangeHeader(asked),
    sizeBytes: asked?.length ?? USUAL_BYTES,
    what: `read ${name} in the bucket ${client.place.bucket}`,
    right: "read",
  };
  const response = await client.send(request);
  const { status } = response;
  if (status === 404 && failureOf(response).code !== "NoSuchBucket") throw notFound(name);
  // An empty file has no part that could be asked for.
  if (isNothing && range.offset === 0 && [200, 206, 416].includes(status)) return new Uint8Array(0);
  const bytes = bodyOf(response, name, asked);
  if (bytes === null) throw client.errorOf(response, request);
  return isNothing ? new Uint8Array(0) : bytes;
}
