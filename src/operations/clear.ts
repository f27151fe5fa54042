import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { CONFIG_NAME, INDEXES, KEYS, PACKS, SNAPSHOTS } from "../repository/layout.ts";
import { acquireLock } from "../repository/lock.ts";
import type { Repository } from "../repository/repository.ts";
import { recoverTarget } from "../restore/recover.ts";
import { localFolderOf } from "../stores/open.ts";
import type { CallOptions, StoredFile } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { emptyFolder, refuseHome } from "./empty-folder.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** What was removed from the store, as `holdfast clear --json` shows it. */
export interface ClearedStore {
  readonly snapshots: number;
  readonly files: number;
  readonly bytes: number;
}

/** Where the state is on this machine. */
export interface ClearStateRequest extends CallOptions {
  readonly folders: readonly string[];
  /** Stays when it lies in one of the folders, if it is on this machine at all. */
  readonly store?: string | undefined;
}

/** Names are removed in this many at a time, so that a signal is heard in between. */
const BATCH = 500;

/**
 * Removes the state on this machine: everything in its folders, but not the folders.
 *
 * @returns the absolute paths of those that were there
 * @throws {HoldfastError} `CONFIG` for a folder that holds the home or the current folder (nothing is
 *   removed then), `PERMISSION`, `CANCELLED`
 * @example
 * ```ts
 * await clearState({ folders: ["data"], store: "./.holdfast" });
 * ```
 */
export function clearState(options: ClearStateRequest): Promise<string[]> {
  const { folders, store, signal } = options;
  return atBorder("could not clear the state", async () => {
    for (const folder of folders) refuseHome(folder);
    const keep = store === undefined ? null : await storeFolder(store);
    const cleared: string[] = [];
    for (const folder of folders) {
      signal?.throwIfAborted();
      // Else the next start would bring back what an interrupted restore has left.
      await recoverTarget(folder);
      if (await emptyFolder(folder, keep)) cleared.push(resolve(folder));
    }
    return cleared;
  });
}

async function storeFolder(store: string): Promise<string | null> {
  const folder = localFolderOf(store);
  if (folder === null) return null;
  return realpath(folder).catch(() => resolve(folder)); // a store that does not exist is nowhere in the state
}

/**
 * Removes a whole repository: all snapshots, all data, all keys. There is no way back.
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `WRONG_PASSWORD`, `LOCKED`, `STORE_READ_ONLY`, and whatever
 *   opening the repository throws
 * @example
 * ```ts
 * const { snapshots } = await clearStore({ store: "./.holdfast", password });
 * ```
 */
export function clearStore(options: RepositoryAccess): Promise<ClearedStore> {
  const { signal } = options;
  return atBorder("could not clear the store", () =>
    withRepository(options, async ({ repository }) => {
      await using _lock = await acquireLock(repository, { exclusive: true, signal });
      return await removeAll(repository, { signal });
    }),
  );
}

/**
 * Snapshots first, so that none is ever seen without its data; config and keys last, so that a removal
 * that was cut off can be repeated with the same password. The lock goes by itself.
 */
async function removeAll({ store }: Repository, options: CallOptions): Promise<ClearedStore> {
  const files: StoredFile[] = [];
  for await (const file of store.list("", options)) files.push(file);
  const order = [SNAPSHOTS, INDEXES, PACKS, CONFIG_NAME, KEYS];
  const groups = order.map((prefix) => files.filter(({ name }) => name.startsWith(prefix)));
  const names = groups.flat().map(({ name }) => name);
  for (let start = 0; start < names.length; start += BATCH) {
    await store.remove(names.slice(start, start + BATCH), options);
  }
  return {
    snapshots: groups[0]?.length ?? 0,
    files: names.length,
    bytes: groups.flat().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
