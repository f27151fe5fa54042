import { type HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import { resolveRange, shortRead } from "../ranges.ts";
import { notFound } from "../refusals.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import { expectOk, type HubEntry, post, signalOf } from "./api.ts";
import type { HubClient } from "./client.ts";
import { unreachable } from "./errors.ts";
import type { ObjectAddresses } from "./object-addresses.ts";
import { resolvePath } from "./resolve-path.ts";
import { jsonOf } from "../http/exchange.ts";
import { errorCodeOf, type HubResponse } from "./response.ts";
import type { SmallFiles } from "./small-files.ts";
import type { View, Views } from "./view.ts";

/** What files are read with. */
export interface Reader {
  readonly client: HubClient;
  readonly views: Views;
  readonly addresses: ObjectAddresses;
  readonly smallFiles: SmallFiles;
}

/**
 * Signed addresses that have expired are asked for again, views that are outdated are renewed, and after a
 * commit the files may be found a moment later than their names.
 */
const ATTEMPTS = 10;

/** As `Store.read`; each attempt is pinned to the commit of a view. */
export async function readFile(
  reader: Reader,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions | undefined,
): Promise<Uint8Array> {
  const { client, views } = reader;
  let view = await viewWith(views, name, options);
  for (let attempt = 1; ; attempt += 1) {
    const entry = view.files.get(name);
    if (entry === undefined || view.head === null) throw notFound(name);
    const part = resolveRange(name, entry.sizeBytes, range);
    if (part.length === 0) return new Uint8Array(0);
    const known = reader.smallFiles.find(entry);
    if (known !== null) return known.subarray(part.offset, part.offset + part.length).slice();
    const response = await readAt(reader, view.head, entry, { part, options });
    if (response.status === 200 || response.status === 206) {
      const bytes = cut(name, response, part, entry);
      if (bytes.length === entry.sizeBytes) reader.smallFiles.keep(entry, bytes);
      return bytes;
    }
    if (attempt === ATTEMPTS) throw failed(client, response, entry);
    if (response.isForeign) continue;
    if (response.status !== 404) expectOk(response, `read ${entry.path}`, client);
    // The commit is gone, as after a squash; or the file is, or it is not there yet.
    if (errorCodeOf(response) === "RevisionNotFound" || !(await isThere(client, view.head, entry, options)))
      view = await views.exact(options);
    else await client.backOff(attempt, options);
  }
}

/** A view that has the name, if there is one. */
async function viewWith(views: Views, name: string, options: CallOptions | undefined): Promise<View> {
  const view = await views.current(options);
  return view.files.has(name) ? view : views.recent(options);
}

async function readAt(
  { client, addresses }: Reader,
  head: string,
  entry: HubEntry,
  { part, options }: { readonly part: ByteRange; readonly options: CallOptions | undefined },
): Promise<HubResponse> {
  const { offset, length } = part;
  const known = await addresses.find(head, entry);
  checkCancelled(options);
  const isPart = offset > 0 || length < entry.sizeBytes;
  const response = await client.send({
    ...signalOf(options),
    method: "GET",
    url: known ?? resolvePath(client, head, entry),
    headers: isPart ? { range: `bytes=${offset}-${offset + length - 1}` } : {},
    sizeBytes: length,
    what: `read ${entry.path}`,
  });
  if (response.isForeign && response.status >= 400) addresses.forget(entry);
  return response;
}

/** Whether the file is in the commit, although it could not be read. */
async function isThere(
  client: HubClient,
  head: string,
  { path }: HubEntry,
  options: CallOptions | undefined,
): Promise<boolean> {
  const response = await post(client, `/paths-info/${head}`, {
    ...signalOf(options),
    body: { paths: [path], expand: false },
    what: `look for ${path}`,
  }).catch((error: unknown) => {
    if (isHoldfastError(error, "NOT_FOUND", "STORE_AUTH")) return null;
    throw error;
  });
  const rows = response === null ? null : jsonOf(response);
  return Array.isArray(rows) && rows.length > 0;
}

/** The bytes that were asked for, whether the answer is the range or the whole file. */
function cut(name: string, { bytes, status }: HubResponse, part: ByteRange, entry: HubEntry): Uint8Array {
  if (status === 206 && bytes.length === part.length) return bytes;
  if (status === 200 && bytes.length === entry.sizeBytes)
    return part.length === bytes.length ? bytes : bytes.slice(part.offset, part.offset + part.length);
  throw shortRead(name);
}

function failed(client: HubClient, { host, status }: HubResponse, { path }: HubEntry): HoldfastError {
  return unreachable(`could not read ${path} in ${client.repo}: ${host} answers with status ${status}`);
}
