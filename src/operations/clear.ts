import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { CONFIG_NAME, INDEXES, KEYS, LEASES, PACKS, SNAPSHOTS } from "../repository/layout.ts";
import { acquireLock } from "../repository/lock.ts";
import type { Repository } from "../repository/repository.ts";
import { recoverTarget } from "../restore/recover.ts";
import { localFolderOf } from "../stores/open.ts";
import type { CallOptions, StoredFile } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { emptyFolder, refuseHome } from "./empty-folder.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** What to remove; at least one of the two. */
export interface ClearRequest extends CallOptions {
  /** The state on this machine: everything in these folders, but not the folders. */
  readonly state?: readonly string[] | undefined;
  /** The address of a store that stays, should it lie in one of the folders. */
  readonly keepStore?: string | undefined;
  /** A whole repository: all snapshots, all data, all keys. There is no way back. */
  readonly repository?: RepositoryAccess | undefined;
}

/** What was removed, as `holdfast clear --json` shows it; `null` for what was not asked for. */
export interface ClearResult {
  /** Absolute paths of the folders that were there and are empty now. */
  readonly local: readonly string[] | null;
  readonly remote: ClearedStore | null;
}

/** What was removed from a store. */
export interface ClearedStore {
  readonly snapshots: number;
  readonly files: number;
  readonly bytes: number;
}

/** Names are removed in this many at a time, so that a signal is heard in between. */
const BATCH = 500;

/**
 * Removes the state on this machine, or a repository, or both; the repository first, so that nothing
 * at all is removed when its password is wrong.
 *
 * @throws {HoldfastError} `CONFIG` for a folder that holds the home or the current folder (nothing is
 *   removed then), `PERMISSION`, `LOCKED`, `STORE_READ_ONLY`, `CANCELLED`, and whatever opening the
 *   repository throws
 * @example
 * ```ts
 * await clear({ state: ["data"], repository: { store: "./.holdfast", password } });
 * ```
 */
export function clear(options: ClearRequest): Promise<ClearResult> {
  const { state, keepStore, repository, signal } = options;
  return atBorder("could not clear", async () => {
    for (const folder of state ?? []) refuseHome(folder);
    const remote = repository === undefined ? null : await clearRepository(repository);
    if (state === undefined) return { local: null, remote };
    const keep = keepStore === undefined ? null : await storeFolder(keepStore);
    const local: string[] = [];
    for (const folder of state) {
      signal?.throwIfAborted();
      // Else the next start would bring back what an interrupted restore has left.
      await recoverTarget(folder);
      if (await emptyFolder(folder, keep)) local.push(resolve(folder));
    }
    return { local, remote };
  });
}

async function storeFolder(store: string): Promise<string | null> {
  const folder = localFolderOf(store);
  if (folder === null) return null;
  return realpath(folder).catch(() => resolve(folder)); // a store that does not exist is nowhere in the state
}

function clearRepository(access: RepositoryAccess): Promise<ClearedStore> {
  const { signal } = access;
  return withRepository(access, async ({ repository }) => {
    await using _lock = await acquireLock(repository, { exclusive: true, signal });
    return await removeAll(repository, { signal });
  });
}

/**
 * Snapshots first, so that none is ever seen without its data; config and keys last, so that a removal
 * that was cut off can be repeated with the same password. The lock goes by itself.
 */
async function removeAll({ store }: Repository, options: CallOptions): Promise<ClearedStore> {
  const files: StoredFile[] = [];
  for await (const file of store.list("", options)) files.push(file);
  const order = [SNAPSHOTS, INDEXES, PACKS, LEASES, CONFIG_NAME, KEYS];
  const groups = order.map((prefix) => files.filter(({ name }) => name.startsWith(prefix)));
  const names = groups.flat().map(({ name }) => name);
  for (let start = 0; start < names.length; start += BATCH) {
    await store.remove(names.slice(start, start + BATCH), options);
  }
  await store.history?.compact({ ...options, unsettled: LEASES });
  return {
    snapshots: groups[0]?.length ?? 0,
    files: names.length,
    bytes: groups.flat().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
