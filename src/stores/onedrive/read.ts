import { bodyOf, rangeHeader } from "../http/body.ts";
import type { HttpResponse } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import { resolveRange } from "../ranges.ts";
import { notFound } from "../refusals.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import { graphError, mayPass } from "./errors.ts";
import { readItem } from "./items.ts";
import { urlOf } from "./paths.ts";

/**
 * Reads a file, or a part of it. The drive leads to where the bytes are; the token does not go there.
 *
 * @throws what `Store.read` throws
 */
export async function readFile(
  client: DriveClient,
  { name, path }: { readonly name: string; readonly path: string },
  range: ByteRange | undefined,
  options: CallOptions,
): Promise<Uint8Array> {
  const what = `read ${name}`;
  if (range !== undefined) resolveRange(name, Number.MAX_SAFE_INTEGER, range);
  if (range?.length === 0) {
    const item = await readItem(client, path, options, what);
    if (item?.isFile !== true) throw notFound(name);
    resolveRange(name, item.sizeBytes, range);
    return new Uint8Array(0);
  }
  const { signal } = options;
  const answer = await client.send({ method: "GET", url: urlOf(path, "content"), signal, what });
  const whole = answer.status === 200 ? bodyOf(answer, name, range) : null;
  if (whole !== null) return whole;
  if (answer.status === 404 || isFolder(answer)) throw notFound(name);
  const url = URL.parse(answer.header("location") ?? "");
  if (answer.status !== 302 || url === null) throw graphError(answer, what, false);
  const headers = rangeHeader(range);
  const sizeBytes = range?.length;
  const response = await client.sendOpen({ method: "GET", url, headers, signal, what, sizeBytes });
  const bytes = bodyOf(response, name, range);
  if (bytes !== null) return bytes;
  // The address is good for a moment only: a new one is asked for when all is tried again.
  if ([401, 403, 404, 410].includes(response.status))
    throw mayPass(`could not ${what}: its address is no longer good (status ${response.status})`);
  throw graphError(response, what, false);
}

/** Graph says so in different words and statuses. */
function isFolder({ status }: HttpResponse): boolean {
  return status === 400 || status === 405;
}
