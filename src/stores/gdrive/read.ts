import { bodyOf, rangeHeader } from "../http/body.ts";
import { resolveRange } from "../ranges.ts";
import { notFound } from "../refusals.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import { type DriveFile, filesUrl, readInfo } from "./api.ts";
import { driveError } from "./errors.ts";
import { filesNamed, type Lookup } from "./lookup.ts";

/**
 * Reads a file, or a part of it; by the id that was last seen for its name, else by a new one.
 *
 * @throws what `Store.read` throws
 */
export async function readFile(
  lookup: Lookup,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions,
): Promise<Uint8Array> {
  if (range !== undefined) resolveRange(name, Number.MAX_SAFE_INTEGER, range);
  const seen = lookup.seen.get(name);
  const known = seen === undefined ? null : await readById(lookup, seen, name, range, options);
  if (known !== null) return known;
  lookup.seen.delete(name);
  for (const file of await filesNamed(lookup, name, options)) {
    const bytes = await readById(lookup, file, name, range, options);
    if (bytes === null) continue;
    lookup.seen.set(name, file);
    return bytes;
  }
  throw notFound(name);
}

/** `null` when it is gone. */
async function readById(
  { client }: Lookup,
  { id }: DriveFile,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions,
): Promise<Uint8Array | null> {
  const what = `read ${name}`;
  if (range?.length === 0) {
    const file = await readInfo(client, id, options, what);
    if (file === null) return null;
    resolveRange(name, file.sizeBytes, range);
    return new Uint8Array(0);
  }
  const response = await client.send({
    method: "GET",
    url: filesUrl(id, { alt: "media" }),
    headers: rangeHeader(range),
    signal: options.signal,
    what,
    sizeBytes: range?.length,
  });
  if (response.status === 404) return null;
  const bytes = bodyOf(response, name, range);
  if (bytes === null) throw driveError(response, what, false);
  return bytes;
}
