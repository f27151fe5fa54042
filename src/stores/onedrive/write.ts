import { isHoldfastError } from "../../base/errors.ts";
import { type HttpResponse, jsonOf } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import { alreadyExists } from "../refusals.ts";
import type { CallOptions, NewFile, WriteOptions } from "../store.ts";
import { graphCodeOf, graphError, mayPass } from "./errors.ts";
import { itemOf, readItem } from "./items.ts";
import { type Behaviour, urlOf } from "./paths.ts";
import { readFile } from "./read.ts";
import { type Upload, uploadInParts } from "./upload-session.ts";

/** The largest file that is sent in one request. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** Folders that were just made are not everywhere at once. */
const MAX_ATTEMPTS = 6;
const FIRST_REST_MS = 250;
const MAX_DEPTH = 200;

/**
 * Writes one file, and makes the folders that it needs.
 *
 * Graph's own promise to refuse a name that is taken is not relied on alone: after a create-only write, the
 * file is read again and compared.
 *
 * @throws what `Store.write` throws
 */
export async function writeFile(
  client: DriveClient,
  file: NewFile & { readonly path: string },
  options: WriteOptions,
): Promise<void> {
  const behaviour: Behaviour = options.createOnly === true ? "fail" : "replace";
  const { name, path, bytes } = file;
  const upload: Upload = { path, bytes, behaviour, what: `write ${name}`, options };
  const { what } = upload;
  let hasMadeFolders = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const response = await send(client, upload);
    const { status } = response;
    if (status === 200 || status === 201) {
      checkSize(response, upload);
      if (behaviour === "fail") await compare(client, file, options);
      return;
    }
    if (status === 409 && behaviour === "fail" && (await readItem(client, path, options, what)) !== null)
      throw alreadyExists(name);
    if (status === 404 && !hasMadeFolders) {
      await makeFolders(client, path, options);
      hasMadeFolders = true;
      continue;
    }
    const isOdd = status === 404 || status === 409 || (status === 400 && hasMadeFolders);
    if (!isOdd) throw graphError(response, what, true);
    await client.wait(FIRST_REST_MS * 2 ** (attempt - 1), options);
  }
  throw mayPass(`could not ${what}: OneDrive does not find the folder that was just made`);
}

async function send(client: DriveClient, upload: Upload): Promise<HttpResponse> {
  const { path, bytes, behaviour, what, options } = upload;
  if (bytes.length > SMALL_BYTES) return uploadInParts(client, upload);
  const url = urlOf(path, "content");
  url.searchParams.set("@microsoft.graph.conflictBehavior", behaviour);
  const headers = { "content-type": "application/octet-stream" };
  const response = await client.send({
    method: "PUT",
    url,
    headers,
    body: bytes,
    signal: options.signal,
    what,
  });
  if (response.status === 200 || response.status === 201) options.onSent?.(bytes.length);
  return response;
}

function checkSize(response: HttpResponse, { bytes, what }: Upload): void {
  const item = itemOf(jsonOf(response));
  if (item !== null && item.sizeBytes === bytes.length) return;
  throw mayPass(`could not ${what}: OneDrive does not say that it has all of it`);
}

async function compare(
  client: DriveClient,
  { name, path, bytes }: NewFile & { readonly path: string },
  options: CallOptions,
): Promise<void> {
  const stored = await readAgain(client, { name, path }, options);
  if (Buffer.compare(stored, bytes) !== 0) throw alreadyExists(name);
}

/** What was just written may not be everywhere at once. */
async function readAgain(
  client: DriveClient,
  file: { readonly name: string; readonly path: string },
  options: CallOptions,
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readFile(client, file, undefined, options);
    } catch (error) {
      if (!isHoldfastError(error, "NOT_FOUND")) throw error;
      if (attempt === MAX_ATTEMPTS) throw mayPass(`could not read ${file.name}, which was just written`);
    }
    await client.wait(FIRST_REST_MS * 2 ** (attempt - 1), options);
  }
}

/** Makes the folders above a path, from the top. One that is there already is good. */
async function makeFolders(client: DriveClient, path: string, options: CallOptions): Promise<void> {
  const segments = path.split("/").slice(0, -1);
  for (const [depth, name] of segments.slice(0, MAX_DEPTH).entries()) {
    const what = "make a folder in OneDrive";
    const parent = segments.slice(0, depth).join("/");
    const body = JSON.stringify({ name, folder: {}, "@microsoft.graph.conflictBehavior": "fail" });
    for (let attempt = 1; ; attempt += 1) {
      const response = await client.send({
        method: "POST",
        url: urlOf(parent, "children"),
        headers: { "content-type": "application/json" },
        body,
        signal: options.signal,
        what,
      });
      if (response.status === 201 || graphCodeOf(response) === "nameAlreadyExists") break;
      if (response.status !== 404 || attempt === MAX_ATTEMPTS)
        throw response.status === 404
          ? mayPass(`could not ${what}: it does not find the one above, which was just made`)
          : graphError(response, what, true);
      await client.wait(FIRST_REST_MS * 2 ** (attempt - 1), options);
    }
  }
}
