import { type HttpResponse, jsonOf } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import type { CallOptions } from "../store.ts";
import { graphError, mayPass } from "./errors.ts";
import { urlOf } from "./paths.ts";

/** What lies at a path: a file or a folder. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly isFile: boolean;
  /** Others than its owner may look into it. */
  readonly isShared: boolean;
}

const FIELDS = "id,name,size,file,shared";
const PAGE = 200;
const MAX_PAGES = 10_000;

/**
 * What is at a path; `null` when there is nothing.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function readItem(
  client: DriveClient,
  path: string,
  options: CallOptions,
  what: string,
): Promise<Item | null> {
  const url = urlOf(path, null);
  url.searchParams.set("$select", FIELDS);
  const response = await client.send({ method: "GET", url, signal: options.signal, what });
  if (response.status === 404) return null;
  if (response.status !== 200) throw graphError(response, what, false);
  const item = itemOf(jsonOf(response));
  if (item === null) throw notUnderstood(what);
  return item;
}

/**
 * What is in the folder at a path, page by page; nothing when there is none.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function* readChildren(
  client: DriveClient,
  path: string,
  options: CallOptions,
): AsyncGenerator<readonly Item[]> {
  const what = "list the files in OneDrive";
  let url: URL | null = urlOf(path, "children");
  const { origin } = url;
  url.searchParams.set("$top", String(PAGE));
  url.searchParams.set("$select", FIELDS);
  for (let page = 0; url !== null; page += 1) {
    if (page === MAX_PAGES) throw notUnderstood(what);
    const response: HttpResponse = await client.send({ method: "GET", url, signal: options.signal, what });
    if (response.status === 404) return;
    if (response.status !== 200) throw graphError(response, what, false);
    const body = jsonOf(response) as { value?: unknown; "@odata.nextLink"?: unknown } | null;
    if (!Array.isArray(body?.value)) throw notUnderstood(what);
    yield body.value.map(itemOf).filter((item) => item !== null);
    const next = body["@odata.nextLink"];
    url = typeof next === "string" ? URL.parse(next) : null;
    // The token goes to nobody else.
    if (typeof next === "string" && url?.origin !== origin) throw notUnderstood(what);
  }
}

/** An item in an answer; `null` when it is none. */
export function itemOf(value: unknown): Item | null {
  const { id, name, size, file, shared } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || typeof name !== "string") return null;
  return {
    id,
    name,
    sizeBytes: typeof size === "number" ? size : 0,
    isFile: file !== undefined && file !== null,
    isShared: shared !== undefined && shared !== null,
  };
}

function notUnderstood(what: string): Error {
  return mayPass(`could not ${what}: the answer is not one of OneDrive`);
}
