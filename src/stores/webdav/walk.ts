import { mapParallel } from "../../base/parallel.ts";
import { checkCancelled } from "../cancelled.ts";
import { isName } from "../names.ts";
import type { CallOptions, StoredFile } from "../store.ts";
import type { Writer } from "./batch.ts";
import type { WebdavClient } from "./client.ts";
import { listFolder } from "./look.ts";

/** Folders that are asked for ahead of the reader. */
const MAX_AHEAD = 16;

/**
 * Every file whose name begins with `prefix`. Servers refuse to list more than one level, so that each
 * folder is a request; only those are asked for that can hold such names.
 *
 * @param top the folder that holds every match, '' for the store's own
 */
export async function* walk(
  { client, folders: known, files: knownFiles }: Writer,
  top: string,
  prefix: string,
  options: CallOptions | undefined,
): AsyncGenerator<StoredFile> {
  let folders = [top];
  while (folders.length > 0) {
    const next: string[] = [];
    for (let start = 0; start < folders.length; start += MAX_AHEAD) {
      const some = folders.slice(start, start + MAX_AHEAD);
      const found = await mapParallel(some, MAX_AHEAD, (folder) => listNames(client, folder, options));
      for (const { folder, files, subfolders } of found) {
        if (folder !== null) known.know(folder, files.length + subfolders.length);
        next.push(...subfolders.filter((name) => `${name}/`.startsWith(prefix)));
        for (const file of files) {
          if (!file.name.startsWith(prefix)) continue;
          knownFiles.know(file.name);
          checkCancelled(options);
          yield file;
        }
      }
    }
    folders = next;
  }
}

interface Found {
  /** `null` when there is none. */
  readonly folder: string | null;
  readonly files: readonly StoredFile[];
  readonly subfolders: readonly string[];
}

async function listNames(
  client: WebdavClient,
  folder: string,
  options: CallOptions | undefined,
): Promise<Found> {
  const listing = await listFolder(client, folder, options);
  const files: StoredFile[] = [];
  const subfolders: string[] = [];
  for (const child of listing?.children ?? []) {
    const name = folder === "" ? child.name : `${folder}/${child.name}`;
    // What else lies there is not ours.
    if (!isName(name)) continue;
    if (child.resource.isFolder) subfolders.push(name);
    else files.push({ name, sizeBytes: child.resource.sizeBytes ?? 0 });
  }
  return { folder: listing === null ? null : folder, files, subfolders };
}
