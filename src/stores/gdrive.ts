import { checkCancelled } from "./cancelled.ts";
import { refuseCondition } from "./conditions.ts";
import { createFolders } from "./gdrive/folders.ts";
import { listFiles } from "./gdrive/list.ts";
import type { Lookup } from "./gdrive/lookup.ts";
import { readFile } from "./gdrive/read.ts";
import { createWriter } from "./gdrive/write.ts";
import { checkName, checkPrefix } from "./names.ts";
import { createDriveClient, type DriveClientOptions } from "./oauth/drive-client.ts";
import { PROVIDERS } from "./oauth/provider.ts";
import { cannotCreateOnly } from "./refusals.ts";
import type { Store, StoreTraits } from "./store.ts";

/** How a Google Drive is used as a store. */
export interface GoogleDriveOptions extends DriveClientOptions {
  /** Most folders in each other; those of Google Drive when left out. */
  readonly maxDepth?: number | undefined;
}

/** Google Drive takes any number of files of one name, so that nothing can refuse a name that is taken. */
const TRAITS: StoreTraits = {
  atomicBatch: false,
  atomicFiles: 1,
  createOnly: false,
  rangeReads: true,
  conditionalWrites: false,
  pollMs: 5000,
};

/**
 * A store in a folder of somebody's Google Drive, of which an app sees only what it has made itself. Names are
 * those of real folders and files, so that other programs find them too. Listings there are late: a write
 * returns when they show it.
 */
export async function openGoogleDriveStore(folder: string, options: GoogleDriveOptions): Promise<Store> {
  const client = await createDriveClient(PROVIDERS.gdrive, options);
  const folders = createFolders(client, folder, { maxDepth: options.maxDepth, now: options.clock });
  const lookup: Lookup = { client, folders, seen: new Map(), removed: new Set() };
  const writer = createWriter(lookup);

  return {
    url: `gdrive:${folder}`,
    traits: TRAITS,

    async *list(prefix, callOptions = {}) {
      const top = checkPrefix(prefix);
      checkCancelled(callOptions);
      for (const [name, { sizeBytes }] of await listFiles(lookup, top, prefix, callOptions)) {
        checkCancelled(callOptions);
        yield { name, sizeBytes };
      }
    },

    async read(name, range, callOptions = {}) {
      checkName(name);
      checkCancelled(callOptions);
      return readFile(lookup, name, range, callOptions);
    },

    async write(files, writeOptions = {}) {
      for (const { name } of files) checkName(name);
      checkCancelled(writeOptions);
      if (writeOptions.createOnly === true) throw cannotCreateOnly();
      refuseCondition(TRAITS, writeOptions);
      for (const file of files) {
        checkCancelled(writeOptions);
        await writer.write(file, writeOptions);
      }
    },

    async remove(names, callOptions = {}) {
      for (const name of names) checkName(name);
      checkCancelled(callOptions);
      for (const name of names) {
        checkCancelled(callOptions);
        await writer.remove(name, callOptions);
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
export async function isPrivateGoogleDrive(folder: string, options: GoogleDriveOptions): Promise<boolean> {
  const client = await createDriveClient(PROVIDERS.gdrive, options);
  const found = await createFolders(client, folder).find("", {});
  return found.every(({ isShared }) => !isShared);
}
