import { HoldfastError } from "../../base/errors.ts";
import type { HttpResponse } from "../http/exchange.ts";
import type { CallOptions } from "../store.ts";
import type { WebdavClient } from "./client.ts";
import { unreachable, webdavError, webPage } from "./errors.ts";
import { decodedPath, type Resource, RESOURCE_QUERY, resourcesOf } from "./multistatus.ts";
import { folderOf } from "./room.ts";

/** What is in a folder. */
export interface Listing {
  /** Each with its name in the folder. */
  readonly children: readonly { readonly name: string; readonly resource: Resource }[];
  /** The server's clock, in milliseconds since 1970; `null` when it does not say. */
  readonly serverMs: number | null;
}

/** A file or a folder of this name; `null` when there is none. */
export async function look(
  client: WebdavClient,
  name: string,
  options: CallOptions | undefined,
): Promise<Resource | null> {
  const what = `look for ${name === "" ? client.shown : name}`;
  const response = await propfind(client, client.at(name), "0", what, options);
  if (isNothing(response)) return null;
  if (response.status === 400 && (await isFile(client, folderOf(name), options))) return null;
  return parsed(client, response, what)[0] ?? null;
}

/** What is in a folder, one level deep; `null` when there is no such folder. */
export async function listFolder(
  client: WebdavClient,
  folder: string,
  options: CallOptions | undefined,
): Promise<Listing | null> {
  const what = `list the files in ${folder === "" ? client.shown : folder}`;
  const url = client.at(folder === "" ? "" : `${folder}/`);
  const response = await propfind(client, url, "1", what, options);
  if (isNothing(response)) return null;
  if (response.status === 400 && (await isFile(client, folder, options))) return null;
  const resources = parsed(client, response, what);
  const self = selfOf(resources, decodedPath(url.href) ?? "");
  // Asked for a folder, some servers speak of the file of that name.
  if (self?.isFolder === false) return null;
  checkWhole(client, folder, resources.length);
  const top = self === null ? (decodedPath(url.href) ?? "") : self.path;
  const children = resources
    .filter((resource) => resource !== self)
    .map((resource) => ({ name: childName(client, resource.path, top, what), resource }));
  const serverMs = Date.parse(response.header("date") ?? "");
  return { children, serverMs: Number.isNaN(serverMs) ? null : serverMs };
}

/** Jianguoyun answers 409 where a folder on the way is missing. */
function isNothing({ status }: HttpResponse): boolean {
  return status === 404 || status === 409 || status === 410;
}

/** Below a file there is nothing, for which Apache answers 400. */
async function isFile(
  client: WebdavClient,
  name: string,
  options: CallOptions | undefined,
): Promise<boolean> {
  if (name === "") return false;
  const there = await look(client, name, options);
  return there === null || !there.isFolder;
}

function propfind(
  client: WebdavClient,
  url: URL,
  depth: "0" | "1",
  what: string,
  options: CallOptions | undefined,
): Promise<HttpResponse> {
  const headers = { depth, "content-type": "application/xml; charset=utf-8" };
  const signal = options?.signal;
  return client.send({ method: "PROPFIND", url, headers, body: RESOURCE_QUERY, what, signal });
}

function parsed(client: WebdavClient, response: HttpResponse, what: string): Resource[] {
  const resources = resourcesOf(response);
  if (resources !== null) return resources;
  if (response.status === 207)
    throw unreachable(`could not ${what}: the answer of ${client.host} is not whole`);
  if (response.status === 200) throw webPage(what, client);
  throw webdavError(response, { method: "PROPFIND", what }, client);
}

/**
 * The folder itself among what it holds. A proxy may show a path that the server does not know, so that
 * all paths in the answer are others than the one that was asked for; then it is the one above all others.
 */
function selfOf(resources: readonly Resource[], asked: string): Resource | null {
  const same = resources.find(({ path }) => path === asked);
  if (same !== undefined) return same;
  const [first, ...others] = resources.toSorted((a, b) => a.path.length - b.path.length);
  if (first === undefined || isChild(first.path, asked)) return null;
  return others.every(({ path }) => isChild(path, first.path)) ? first : null;
}

function isChild(path: string, folder: string): boolean {
  return path.slice(0, path.lastIndexOf("/")) === folder;
}

function childName(client: WebdavClient, path: string, folder: string, what: string): string {
  if (isChild(path, folder)) return path.slice(path.lastIndexOf("/") + 1);
  throw new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: ${client.host} lists names of another folder`,
    hint: "a proxy in front of the server may change paths: let it hand them on as they are",
  });
}

/** A list that was cut off would make what is missing in it look removed. */
function checkWhole({ quirks, host }: WebdavClient, folder: string, entries: number): void {
  if (quirks.entriesAListing === null || entries < quirks.entriesAListing) return;
  throw new HoldfastError({
    code: "FAILED",
    message: `${folder}/ holds more files than ${host} lists (${quirks.entriesAListing}), so that some cannot be seen`,
    hint: "move the newest of them elsewhere by hand, then remove old snapshots with: holdfast forget --keep-last 10 --prune",
  });
}
