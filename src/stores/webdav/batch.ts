import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { mapParallel } from "../../base/parallel.ts";
import { checkCancelled } from "../cancelled.ts";
import type { HttpResponse } from "../http/exchange.ts";
import { alreadyExists } from "../refusals.ts";
import type { NewFile, WriteOptions } from "../store.ts";
import type { WebdavClient } from "./client.ts";
import { isPassing, unreachable, webdavError } from "./errors.ts";
import type { Folders } from "./folders.ts";
import { look } from "./look.ts";
import { readFile } from "./read.ts";
import type { KnownFiles } from "./remove.ts";
import { checkRoom, folderOf } from "./room.ts";
import { discard, TEMPORARY_FOLDER, temporaryName } from "./temporary.ts";

/** What files are written with. */
export interface Writer {
  readonly client: WebdavClient;
  readonly folders: Folders;
  readonly files: KnownFiles;
  /** In all its temporary names, so that what is left of them goes when the store is closed. */
  readonly id: string;
}

interface Upload extends NewFile {
  readonly temporary: string;
}

const MAX_PARALLEL_FILES = 4;

/**
 * Writes files. All are uploaded under temporary names first, in parallel, and their sizes compared with
 * what the server has; then they get their names one after the other. Of all that WebDAV knows, only
 * `MOVE` with `Overwrite: F` comes nearest to exactly one winner; what it leaves open is looked at.
 *
 * @throws {HoldfastError} as `Store.write`
 */
export async function writeBatch(
  writer: Writer,
  files: readonly NewFile[],
  options: WriteOptions,
): Promise<void> {
  checkRoom(writer.client, writer.folders.counts, files);
  const uploads = files.map((file): Upload => ({ ...file, temporary: temporaryName(writer.id) }));
  const left = new Set(uploads);
  try {
    await mapParallel(uploads, MAX_PARALLEL_FILES, (each) => upload(writer, each, options));
    for (const each of uploads) {
      checkCancelled(options);
      await publish(writer, each, options);
      writer.files.know(each.name);
      left.delete(each);
    }
  } catch (error) {
    await mapParallel(left, MAX_PARALLEL_FILES, ({ temporary }) => discard(writer.client, temporary));
    throw error;
  }
}

/** Sends the bytes until the server has all of them. */
async function upload({ client, folders }: Writer, file: Upload, options: WriteOptions): Promise<void> {
  const what = `write ${file.name}`;
  const { signal } = options;
  let isFolderMade = false;
  for (let attempt = 1; ; attempt += 1) {
    await folders.ensure(TEMPORARY_FOLDER, options);
    const response = await client.send({
      method: "PUT",
      url: client.at(file.temporary),
      headers: { "content-type": "application/octet-stream" },
      body: file.bytes,
      what,
      signal,
    });
    if (response.status >= 300) {
      if (!isFolderMissing(response) || isFolderMade)
        throw webdavError(response, { method: "PUT", what, sentBytes: file.bytes.length }, client);
      isFolderMade = true;
      folders.forget(TEMPORARY_FOLDER);
      continue;
    }
    const stored = await look(client, file.temporary, options);
    if (stored?.sizeBytes === file.bytes.length || (stored !== null && isEmpty(stored, file))) break;
    if (attempt >= client.maxAttempts) throw notWhole(client, what, stored?.sizeBytes ?? 0, file);
    await client.backOff(attempt, options);
  }
  options.onSent?.(file.bytes.length);
}

/** Of an empty file, some servers leave the length out. */
function isEmpty({ sizeBytes }: { readonly sizeBytes: number | null }, { bytes }: NewFile): boolean {
  return sizeBytes === null && bytes.length === 0;
}

/** Gives a file its name. What became of a request without an answer shows in what is there. */
async function publish({ client, folders }: Writer, file: Upload, options: WriteOptions): Promise<void> {
  let mayBeDone = false;
  let isFolderMade = false;
  let isBare = false;
  const folder = folderOf(file.name);
  await folders.ensure(folder, options);
  for (let attempt = 1; ; attempt += 1) {
    const response = await move(client, file, isBare, options);
    const status = response instanceof HoldfastError ? 0 : response.status;
    const isDone = status >= 200 && status < 300;
    // Apache answers 404, too, where another writer has just taken away the file that is to be replaced.
    const isOvertaken = status === 404 && isFolderMade;
    const mayPass = response instanceof HoldfastError || isPassing(status) || isOvertaken;
    mayBeDone ||= mayPass;
    if (isDone || (mayBeDone && (await isMoved(client, file, options)))) {
      if (options.createOnly === true && !(await isOurs(client, file, options)))
        throw alreadyExists(file.name);
      return;
    }
    if (status === 412 && options.createOnly === true) throw alreadyExists(file.name);
    if (!isFolderMade && isFolderMissing({ status })) {
      isFolderMade = true;
      folders.forget(folder);
      await folders.ensure(folder, options);
    } else if (!isBare && (status === 400 || status === 502)) {
      // Behind a proxy, a server may not know itself under the name that we call it by.
      isBare = true;
    } else if (response instanceof HoldfastError) {
      if (attempt >= client.maxAttempts) throw response;
      await client.backOff(attempt, options);
    } else {
      if (!mayPass || attempt >= client.maxAttempts)
        throw webdavError(response, { method: "MOVE", what: `write ${file.name}` }, client);
      await client.backOff(attempt, options);
    }
  }
}

/** An answer, or the error of none. */
async function move(
  client: WebdavClient,
  file: Upload,
  isBare: boolean,
  options: WriteOptions,
): Promise<HttpResponse | HoldfastError> {
  const target = client.at(file.name);
  const destination = isBare ? target.pathname : target.href;
  const request = {
    method: "MOVE",
    url: client.at(file.temporary),
    headers: { destination, overwrite: options.createOnly === true ? "F" : "T" },
    what: `write ${file.name}`,
    signal: options.signal,
    isOnce: true,
  } as const;
  return client.send(request).catch((error: unknown) => {
    if (isHoldfastError(error, "STORE_UNREACHABLE")) return error;
    throw error;
  });
}

/**
 * Whether the file that is there now is this one: Apache looks and moves in two steps, so that of two that meet
 * both are told that they have won, and the later one's file stays.
 */
async function isOurs(
  client: WebdavClient,
  { name, bytes }: NewFile,
  options: WriteOptions,
): Promise<boolean> {
  try {
    const there = await readFile(client, name, undefined, { signal: options.signal });
    return Buffer.compare(there, bytes) === 0;
  } catch (error) {
    // whoever has removed it meanwhile has found it
    if (isHoldfastError(error, "NOT_FOUND")) return true;
    throw error;
  }
}

/** Nobody else knows the temporary name: when it is gone, a request of ours has moved it. */
async function isMoved(client: WebdavClient, file: Upload, options: WriteOptions): Promise<boolean> {
  if ((await look(client, file.temporary, options)) !== null) return false;
  if ((await look(client, file.name, options)) !== null) return true;
  throw unreachable(`could not write ${file.name}: it was uploaded and is gone`);
}

/** What servers answer where a folder on the way is missing; 500 is Apache's answer to `MOVE`. */
function isFolderMissing({ status }: { readonly status: number }): boolean {
  return status === 404 || status === 409 || status === 403 || status === 500;
}

function notWhole(client: WebdavClient, what: string, storedBytes: number, file: NewFile): HoldfastError {
  return unreachable(
    `could not ${what}: ${client.host} has ${storedBytes} of its ${file.bytes.length} bytes`,
    "look whether the server or a proxy in front cuts uploads, and try again later",
  );
}
