import { createHash } from "node:crypto";
import { type HttpResponse, jsonOf } from "../http/exchange.ts";
import type { NewFile, WriteOptions } from "../store.ts";
import { type DriveFile, fileOf, filesUrl, generateIds, readInfo } from "./api.ts";
import { driveError, mayPass } from "./errors.ts";
import { split } from "./folders.ts";
import { filesNamed, type Lookup } from "./lookup.ts";
import { untilListed } from "./until-listed.ts";
import { upload } from "./upload.ts";

/** Writes the files of a store. */
export interface Writer {
  /**
   * Writes one file, and returns when listings show it. Of several that were made with one name at the same
   * time the oldest counts, for everybody; the others are removed.
   *
   * @throws what `Store.write` throws
   */
  write(file: NewFile, options: WriteOptions): Promise<void>;
  /** Removes all files of a name. */
  remove(name: string, options: WriteOptions): Promise<void>;
}

/** Nothing is sent yet. */
export function createWriter(lookup: Lookup): Writer {
  const { client, folders, seen, removed } = lookup;
  const spareIds: string[] = [];
  /** Ids that files may have been made with, when the answer was lost. */
  const begun = new Map<string, string>();
  const turns = new Map<string, Promise<void>>();

  const removeFile = async (file: DriveFile, name: string, options: WriteOptions): Promise<void> => {
    const what = `remove ${name}`;
    const url = filesUrl(file.id, {});
    const response = await client.send({ method: "DELETE", url, signal: options.signal, what });
    if (response.status !== 204 && response.status !== 404) throw driveError(response, what, true);
    removed.add(file.id);
  };

  const create = async (file: NewFile, options: WriteOptions): Promise<DriveFile> => {
    const { name, bytes } = file;
    const what = `write ${name}`;
    const { above, name: last } = split(name);
    const parent = await folders.make(above);
    if (spareIds.length === 0) spareIds.push(...(await generateIds(client, options)));
    const id = begun.get(name) ?? spareIds.pop() ?? "";
    begun.set(name, id);
    const metadata = { id, name: last, parents: [parent], mimeType: "application/octet-stream" };
    const response = await upload(client, { replaced: null, metadata, bytes, what, options });
    if (response.status === 404) {
      folders.forget();
      throw mayPass(`could not ${what}: its folder is gone`);
    }
    // An earlier attempt has made it, and the answer was lost.
    const made = response.status === 409 ? await readInfo(client, id, options, what) : null;
    const stored = made === null ? storedBy(response, file) : isOf(made, bytes) ? made : null;
    const settled = stored ?? (await replace(id, file, options));
    if (settled === null) throw mayPass(`could not ${what}: it was removed meanwhile`);
    begun.delete(name);
    return settled;
  };

  /** `null` when it is gone. */
  const replace = async (id: string, file: NewFile, options: WriteOptions): Promise<DriveFile | null> => {
    const what = `write ${file.name}`;
    const response = await upload(client, { replaced: id, metadata: {}, bytes: file.bytes, what, options });
    return response.status === 404 ? null : storedBy(response, file);
  };

  const write = async (file: NewFile, options: WriteOptions): Promise<void> => {
    const { name } = file;
    const [existing] = begun.has(name) ? [] : await filesNamed(lookup, name, options);
    const replaced = existing === undefined ? null : await replace(existing.id, file, options);
    const stored = replaced ?? (await create(file, options));
    const look = (): Promise<readonly DriveFile[]> => filesNamed(lookup, name, options);
    const [oldest = stored, ...others] = await untilListed(client, stored.id, look, options);
    seen.set(name, oldest.id === stored.id ? stored : oldest);
    for (const other of others) await removeFile(other, name, options);
  };

  /** One after the other for each name: two of this process shall not make two files. */
  const inTurn = async (name: string, work: () => Promise<void>): Promise<void> => {
    const before = turns.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    turns.set(name, settled);
    await mine.finally(() => {
      if (turns.get(name) === settled) turns.delete(name);
    });
  };

  return {
    write: (file, options) => inTurn(file.name, () => write(file, options)),
    remove: (name, options) =>
      inTurn(name, async () => {
        for (const file of await filesNamed(lookup, name, options)) await removeFile(file, name, options);
        seen.delete(name);
      }),
  };
}

/** What an answer says was stored, when that is what was sent. */
function storedBy(response: HttpResponse, { name, bytes }: NewFile): DriveFile {
  const what = `write ${name}`;
  if (response.status !== 200 && response.status !== 201) throw driveError(response, what, true);
  const file = fileOf(jsonOf(response));
  if (file === null || !isOf(file, bytes))
    throw mayPass(`could not ${what}: Google Drive does not say that it has all of it`);
  return file;
}

function isOf({ sizeBytes, sha256 }: DriveFile, bytes: Uint8Array): boolean {
  if (sizeBytes !== bytes.length) return false;
  return sha256 === null || sha256 === createHash("sha256").update(bytes).digest("hex");
}
