import type { HoldfastError } from "../../base/errors.ts";
import type { HttpResponse } from "../http/exchange.ts";
import { resolveRange } from "../ranges.ts";
import { notFound } from "../refusals.ts";
import type { ByteRange, CallOptions } from "../store.ts";
import type { WebdavClient } from "./client.ts";
import { isWebPage, unreachable, webdavError, webPage } from "./errors.ts";
import { look } from "./look.ts";
import type { Resource } from "./multistatus.ts";

/** What comes is no file, or a part of one, for a moment only: behind a proxy, or just after a write. */
const ATTEMPTS = 5;
/** Apache answers 403 for a file that is replaced between its look and its reading. */
const REPLACED_ATTEMPTS = 3;
const MISSING: ReadonlySet<number> = new Set([404, 409, 410]);

/** As `Store.read`. */
export async function readFile(
  client: WebdavClient,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions | undefined,
): Promise<Uint8Array> {
  if (range !== undefined) resolveRange(name, Number.MAX_SAFE_INTEGER, range);
  const what = `read ${name}`;
  for (let attempt = 1; ; attempt += 1) {
    const response = range?.length === 0 ? null : await get(client, name, range, options);
    const certain = response === null ? null : certainBytes(name, response, range);
    if (certain !== null) return certain;
    // What the list says counts: some servers show a page of theirs instead, or find a new file only later.
    const there = (await look(client, name, options)) ?? (await lookAgain(client, name, options));
    if (there === null || there.isFolder) throw notFound(name);
    const { sizeBytes } = there;
    if (response === null) return cut(name, new Uint8Array(sizeBytes ?? 0), range);
    if (response.status === 200 && response.bytes.length === sizeBytes)
      return cut(name, response.bytes, range);
    if (response.status === 416 && sizeBytes !== null) resolveRange(name, sizeBytes, range);
    const mayPass = MISSING.has(response.status) || (response.status === 403 && attempt < REPLACED_ATTEMPTS);
    if (response.status >= 400 && !mayPass) throw webdavError(response, { method: "GET", what }, client);
    if (attempt === ATTEMPTS) throw failed(client, response, what);
    await client.backOff(attempt, options);
  }
}

/** Replacing a file is removing and moving for some servers, and there is a moment in between. */
async function lookAgain(
  client: WebdavClient,
  name: string,
  options: CallOptions | undefined,
): Promise<Resource | null> {
  await client.backOff(1, options);
  return look(client, name, options);
}

function get(
  client: WebdavClient,
  name: string,
  range: ByteRange | undefined,
  options: CallOptions | undefined,
): Promise<HttpResponse> {
  const last = range === undefined ? 0 : range.offset + range.length - 1;
  return client.send({
    method: "GET",
    url: client.at(name),
    headers: range === undefined ? {} : { range: `bytes=${range.offset}-${last}` },
    sizeBytes: range?.length,
    what: `read ${name}`,
    signal: options?.signal,
  });
}

/**
 * The bytes, where the answer itself says that they are those of the file, and all that were asked for; else
 * `null`.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when the file does not have the range
 */
function certainBytes(name: string, response: HttpResponse, range: ByteRange | undefined): Uint8Array | null {
  const { status, bytes } = response;
  const [, first, total] = /^bytes (\d+-\d+|\*)\/(\d+)$/.exec(response.header("content-range") ?? "") ?? [];
  if ((status === 206 || status === 416) && total !== undefined) resolveRange(name, Number(total), range);
  if (status === 206 && range !== undefined) {
    const isIt = first?.startsWith(`${range.offset}-`) === true && bytes.length === range.length;
    return isIt ? bytes : null;
  }
  const isWhole = response.header("content-length") === String(bytes.length);
  return status === 200 && isWhole && !isWebPage(response) ? cut(name, bytes, range) : null;
}

function cut(name: string, bytes: Uint8Array, range: ByteRange | undefined): Uint8Array {
  const { offset, length } = resolveRange(name, bytes.length, range);
  return length === bytes.length ? bytes : bytes.slice(offset, offset + length);
}

function failed(client: WebdavClient, response: HttpResponse, what: string): HoldfastError {
  if (isWebPage(response) && response.status === 200) return webPage(what, client);
  const { host } = client;
  if (MISSING.has(response.status))
    return unreachable(`could not ${what}: ${host} lists it, and says that it is not there`);
  return unreachable(`could not ${what}: ${host} sends only a part of it`);
}
