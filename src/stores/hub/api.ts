import type { CallOptions } from "../store.ts";
import type { HubClient } from "./client.ts";
import { hubError, unreachable } from "./errors.ts";
import { jsonOf } from "../http/exchange.ts";
import { errorCodeOf, type HubResponse } from "./response.ts";
import type { HubRequest } from "./wire.ts";

/** What the Hub says about a dataset. */
export interface RepoInfo {
  /** In its own spelling: other letters are answered with a detour. */
  readonly id: string;
  /** The newest commit of its main branch. */
  readonly head: string;
  readonly isPrivate: boolean;
  /** What it counts against the account; `null` when it does not say. */
  readonly usedBytes: number | null;
}

/** A file of a commit. */
export interface HubEntry {
  /** In the whole repository. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Git's own hash of what is in the commit: the content, or the pointer to it. */
  readonly oid: string;
  /** SHA-256 of the content, where it lies beside git; else `null`. */
  readonly lfsOid: string | null;
}

/** A commit, as the history lists it. */
export interface CommitInfo {
  readonly oid: string;
  readonly title: string;
  readonly timeMs: number;
}

/** More pages than this are no list of ours. */
const MAX_PAGES = 1000;

/** `/api/datasets/namespace/name` and what follows it. */
export function apiPath(client: HubClient, rest: string): string {
  return `/api/datasets/${client.repo}${rest}`;
}

/** Each part of a path by itself. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Throws unless the answer says that all went well. */
export function expectOk(response: HubResponse, what: string, client: HubClient): HubResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw hubError(response, what, client);
}

/** Sends what has to be answered with success. */
export async function call(client: HubClient, request: HubRequest): Promise<HubResponse> {
  return expectOk(await client.send(request), request.what, client);
}

/** As {@link call}, with a body of JSON. */
export function post(
  client: HubClient,
  rest: string,
  { body, ...request }: Omit<HubRequest, "method" | "url" | "body"> & { readonly body: unknown },
): Promise<HubResponse> {
  const headers = { "content-type": "application/json", ...request.headers };
  return call(client, {
    ...request,
    method: "POST",
    url: apiPath(client, rest),
    headers,
    body: JSON.stringify(body),
  });
}

/**
 * Looks at the dataset.
 *
 * @returns `null` when it does not exist, or the token may not see it
 * @throws {HoldfastError} `STORE_AUTH`, `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function readInfo(client: HubClient, options?: CallOptions): Promise<RepoInfo | null> {
  const what = `look at the dataset ${client.repo}`;
  const query = "?expand[]=sha&expand[]=private&expand[]=usedStorage";
  const response = await client.send({
    ...signalOf(options),
    method: "GET",
    url: apiPath(client, query),
    what,
  });
  if (response.status === 404) return null;
  const info = fieldsOf(jsonOf(expectOk(response, what, client)));
  const { id, sha, private: isPrivate, usedStorage } = info;
  if (typeof id !== "string" || typeof sha !== "string") throw strange(what);
  // Anything but a clear yes is taken for public.
  return {
    id,
    head: sha,
    isPrivate: isPrivate === true,
    usedBytes: typeof usedStorage === "number" ? usedStorage : null,
  };
}

/** All files below a folder of a commit; none when the folder is not there. */
export async function listTree(
  client: HubClient,
  revision: string,
  folder: string,
  options?: CallOptions,
): Promise<HubEntry[] | null> {
  const what = `list the files of ${client.repo}`;
  const path = folder === "" ? "" : `/${encodePath(folder)}`;
  const url = apiPath(client, `/tree/${encodeURIComponent(revision)}${path}?recursive=true&expand=false`);
  const rows = await readPages(client, { ...signalOf(options), method: "GET", url, what });
  return rows?.flatMap(entryOf) ?? null;
}

function entryOf(row: unknown): HubEntry[] {
  const { type, path, size, oid, lfs } = fieldsOf(row);
  if (type !== "file" || typeof path !== "string" || typeof size !== "number" || typeof oid !== "string")
    return [];
  const lfsOid = fieldsOf(lfs)["oid"];
  return [{ path, sizeBytes: size, oid, lfsOid: typeof lfsOid === "string" ? lfsOid : null }];
}

/** The newest commits, and how many there are in all. */
export async function listCommits(
  client: HubClient,
  options: CallOptions & { readonly limit: number },
): Promise<{ readonly commits: readonly CommitInfo[]; readonly total: number }> {
  const url = apiPath(client, `/commits/main?limit=${options.limit}`);
  const what = `list the commits of ${client.repo}`;
  const response = await call(client, { ...signalOf(options), method: "GET", url, what });
  const rows = jsonOf(response);
  if (!Array.isArray(rows)) throw strange(what);
  const commits = rows.map((row) => {
    const { id, title, date } = fieldsOf(row);
    return { oid: String(id), title: String(title), timeMs: Date.parse(String(date)) };
  });
  return { commits, total: Number(response.header("x-total-count") ?? commits.length) };
}

/**
 * A list that comes in pages.
 *
 * @returns `null` when what is listed is not there
 */
export async function readPages(client: HubClient, request: HubRequest): Promise<unknown[] | null> {
  const rows: unknown[] = [];
  let url: string | null = request.url;
  for (let page = 0; url !== null && page < MAX_PAGES; page += 1) {
    const response = await client.send({ ...request, url });
    const code = errorCodeOf(response);
    if (response.status === 404 && (code === "EntryNotFound" || code === "RepoNotFound")) return null;
    const body = jsonOf(expectOk(response, request.what, client));
    if (!Array.isArray(body)) throw strange(request.what);
    rows.push(...(body as unknown[]));
    url = /<([^>]+)>;\s*rel="next"/.exec(response.header("link") ?? "")?.[1] ?? null;
  }
  return rows;
}

/** The fields of an object from outside; none when it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The signal alone, so that nothing else of the options of a call is taken for a part of a request. */
export function signalOf(options: CallOptions | undefined): CallOptions {
  return { signal: options?.signal };
}

/** An answer in a form that nobody knows: most often a page that something on the way has put in. */
export function strange(what: string): Error {
  return unreachable(`could not ${what}: the answer is not one of the Hub`);
}
