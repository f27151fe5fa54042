import { isHoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import { checkCancelled } from "./cancelled.ts";
import { refuseCondition } from "./conditions.ts";
import { checkPrefix } from "./names.ts";
import { createDriveClient, type DriveClient, type DriveClientOptions } from "./oauth/drive-client.ts";
import { PROVIDERS } from "./oauth/provider.ts";
import { graphError } from "./onedrive/errors.ts";
import { readChildren, readItem } from "./onedrive/items.ts";
import { decodeSegment, itemUrl, onedrivePaths, type OneDrivePaths } from "./onedrive/paths.ts";
import { readFile } from "./onedrive/read.ts";
import { writeFile } from "./onedrive/write.ts";
import type { CallOptions, Store, StoredFile, StoreTraits } from "./store.ts";

/** How a OneDrive is used as a store. */
export interface OneDriveOptions extends DriveClientOptions {
  /** Longest path below the app's folder; that of OneDrive when left out. */
  readonly maxPathLength?: number | undefined;
}

const TRAITS: StoreTraits = {
  atomicBatch: false,
  atomicFiles: 1,
  createOnly: true,
  rangeReads: true,
  conditionalWrites: false,
  pollMs: 5000,
};

/** Folders that are listed at the same time. */
const PARALLEL_FOLDERS = 8;

/**
 * A store in a folder of the app's own folder in somebody's OneDrive. What is removed goes to the recycle bin
 * there, which counts against the storage until it is emptied.
 *
 * @param folder '' for the app's folder itself
 */
export async function openOneDriveStore(folder: string, options: OneDriveOptions): Promise<Store> {
  const client = await createDriveClient(PROVIDERS.onedrive, options);
  const paths = onedrivePaths(folder, options.maxPathLength);

  return {
    url: `onedrive:${folder}`,
    traits: TRAITS,

    async *list(prefix, callOptions = {}) {
      const top = checkPrefix(prefix);
      checkCancelled(callOptions);
      for await (const file of filesBelow(client, paths, top, prefix, callOptions)) {
        checkCancelled(callOptions);
        yield file;
      }
    },

    async read(name, range, callOptions = {}) {
      const file = { name, path: paths.pathOf(name) };
      checkCancelled(callOptions);
      return readFile(client, file, range, callOptions);
    },

    async write(files, writeOptions = {}) {
      const placed = files.map((file) => ({ ...file, path: paths.pathOf(file.name) }));
      checkCancelled(writeOptions);
      refuseCondition(TRAITS, writeOptions);
      for (const file of placed) {
        checkCancelled(writeOptions);
        await writeFile(client, file, writeOptions);
      }
    },

    async remove(names, callOptions = {}) {
      const files = names.map((name) => ({ name, path: paths.pathOf(name) }));
      checkCancelled(callOptions);
      for (const file of files) {
        checkCancelled(callOptions);
        await removeFile(client, file, callOptions);
      }
    },

    async close() {},
  };
}

/**
 * True when nobody but its owner can look into the folder.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CONFIG`
 */
export async function isPrivateOneDrive(folder: string, options: OneDriveOptions): Promise<boolean> {
  const client = await createDriveClient(PROVIDERS.onedrive, options);
  for (const path of folder === "" ? [""] : ["", folder]) {
    const item = await readItem(client, path, {}, "look at the folder in OneDrive");
    if (item?.isShared === true) return false;
  }
  return true;
}

/** Folder by folder; those of one level at the same time. */
async function* filesBelow(
  client: DriveClient,
  paths: OneDrivePaths,
  top: string,
  prefix: string,
  options: CallOptions,
): AsyncGenerator<StoredFile> {
  for (let level = [top]; level.length > 0;) {
    const next: string[] = [];
    for (let done = 0; done < level.length; done += PARALLEL_FOLDERS) {
      const folders = level.slice(done, done + PARALLEL_FOLDERS);
      const found = await mapParallel(folders, PARALLEL_FOLDERS, async (folder) => {
        const files: StoredFile[] = [];
        for await (const items of readChildren(client, paths.folderPath(folder), options)) {
          for (const item of items) {
            const segment = decodeSegment(item.name);
            if (segment === null) continue;
            const name = folder === "" ? segment : `${folder}/${segment}`;
            if (item.isFile && name.startsWith(prefix)) files.push({ name, sizeBytes: item.sizeBytes });
            if (!item.isFile && `${name}/`.startsWith(prefix)) next.push(name);
          }
        }
        return files;
      });
      yield* found.flat();
    }
    level = next;
  }
}

/** By its id: a path could be that of a folder, which would go with all that is in it. */
async function removeFile(
  client: DriveClient,
  { name, path }: { readonly name: string; readonly path: string },
  options: CallOptions,
): Promise<void> {
  const what = `remove ${name}`;
  const item = await readItem(client, path, options, what).catch((error: unknown) => {
    // A path through a file.
    if (isHoldfastError(error, "FAILED")) return null;
    throw error;
  });
  if (item?.isFile !== true) return;
  const { signal } = options;
  const response = await client.send({ method: "DELETE", url: itemUrl(item.id), signal, what });
  if (response.status !== 204 && response.status !== 404) throw graphError(response, what, true);
}
