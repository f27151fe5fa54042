import { HoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import { resolveRange, shortRead } from "../ranges.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import { encodePath, expectOk, type HubEntry, post, signalOf } from "./api.ts";
import type { HubClient } from "./client.ts";
import { unreachable } from "./errors.ts";
import { errorCodeOf, type HubResponse, jsonOf } from "./response.ts";
import type { View, Views } from "./view.ts";

/** Reads files of a dataset. */
export interface Reader {
  /** As `Store.read`. */
  read(name: string, range: ByteRange | undefined, options?: CallOptions): Promise<Uint8Array>;
  /** Finds out where the files of a view lie, so that reading them takes one request each. */
  prepare(view: View): void;
}

/** A signed address is good for longer; how much longer is not said. */
const ADDRESS_MS = 4 * 60_000;
/** More than this are not looked up ahead: a request for each counts. */
const MAX_PREPARED = 96;
/** After a commit the files may be found a moment later than their names. */
const LAG_ATTEMPTS = 6;
/** Signed addresses that have expired are asked for again, views that are outdated are renewed. */
const ATTEMPTS = 4;

interface Address {
  readonly url: Promise<string | null>;
  readonly askedAtMs: number;
}

/** A reader that pins each read to the commit of a view. */
export function createReader(client: HubClient, views: Views): Reader {
  /** Where objects lie beside git, by their SHA-256. */
  const addresses = new Map<string, Address>();

  const resolve = async (head: string, entry: HubEntry): Promise<string | null> => {
    const response = await client.send({
      method: "GET",
      url: resolvePath(client, head, entry),
      stopsAtForeign: true,
      what: `read ${entry.path}`,
      headers: { range: "bytes=0-0" },
    });
    return response.header("location");
  };

  /** Where an object lies; found out once, for all its parts that are read soon. */
  const addressOf = (head: string, entry: HubEntry): Promise<string | null> | null => {
    if (entry.lfsOid === null) return null;
    const known = addresses.get(entry.lfsOid);
    if (known !== undefined && client.now() - known.askedAtMs < ADDRESS_MS) return known.url;
    // Shared by all readers of the object, so that none of them may stop it; who reads is told what is wrong.
    const url = resolve(head, entry).catch(() => null);
    addresses.set(entry.lfsOid, { url, askedAtMs: client.now() });
    return url;
  };

  const readAt = async (
    head: string,
    entry: HubEntry,
    { offset, length }: ByteRange,
    options: CallOptions | undefined,
  ): Promise<HubResponse> => {
    const known = await addressOf(head, entry);
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
    if (response.isForeign && response.status >= 400 && entry.lfsOid !== null) addresses.delete(entry.lfsOid);
    return response;
  };

  return {
    async read(name, range, options) {
      let view = await views.current(options);
      for (let attempt = 1; ; attempt += 1) {
        const entry = view.files.get(name);
        if (entry === undefined || view.head === null) {
          const recent = await views.recent(options);
          if (recent === view || !recent.files.has(name)) throw notFound(name);
          view = recent;
          continue;
        }
        const part = resolveRange(name, entry.sizeBytes, range);
        if (part.length === 0) return new Uint8Array(0);
        const response = await readAt(view.head, entry, part, options);
        if (response.status === 200 || response.status === 206) return cut(name, response, part, entry);
        if (attempt >= ATTEMPTS + LAG_ATTEMPTS) throw failed(client, response, entry);
        if (response.isForeign || response.status === 416) continue;
        if (response.status !== 404) expectOk(response, `read ${entry.path}`, client);
        // The commit is gone, as after a squash; or the file is, or it is not there yet.
        const isGone = errorCodeOf(response) === "RevisionNotFound" || !(await isThere(client, view.head, entry, options));
        if (isGone) view = await views.exact(options);
        else await client.backOff(attempt, options);
      }
    },

    prepare(view) {
      const { head, files } = view;
      const entries = [...files.values()].filter(({ lfsOid }) => lfsOid !== null && !addresses.has(lfsOid));
      if (head === null || entries.length > MAX_PREPARED) return;
      for (const entry of entries) void addressOf(head, entry);
    },
  };
}

function resolvePath(client: HubClient, head: string, { path }: HubEntry): string {
  return `/datasets/${client.repo}/resolve/${head}/${encodePath(path)}`;
}

/** Whether the file is in the commit, although it could not be read. */
async function isThere(
  client: HubClient,
  head: string,
  { path }: HubEntry,
  options: CallOptions | undefined,
): Promise<boolean> {
  const what = `look for ${path}`;
  const response = await post(client, `/paths-info/${head}`, {
    ...signalOf(options),
    body: { paths: [path], expand: false },
    what,
  }).catch((error: unknown) => {
    if (error instanceof HoldfastError && ["NOT_FOUND", "STORE_AUTH"].includes(error.code)) return null;
    throw error;
  });
  const rows = response === null ? null : jsonOf(response);
  return Array.isArray(rows) && rows.length > 0;
}

/** The bytes that were asked for, whether the answer is the range or the whole file. */
function cut(name: string, response: HubResponse, part: ByteRange, entry: HubEntry): Uint8Array {
  const { bytes, status } = response;
  if (status === 206 && bytes.length === part.length) return bytes;
  if (status === 200 && bytes.length === entry.sizeBytes)
    return part.length === bytes.length ? bytes : bytes.slice(part.offset, part.offset + part.length);
  throw shortRead(name);
}

function notFound(name: string): HoldfastError {
  return new HoldfastError({ code: "NOT_FOUND", message: `${name} is not in the store` });
}

function failed(client: HubClient, response: HubResponse, { path }: HubEntry): HoldfastError {
  return unreachable(`could not read ${path} in ${client.repo}: ${response.host} answers with status ${response.status}`);
}
