import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile, Store } from "../stores/store.ts";
import { idOf, isId } from "./ids.ts";
import { listKeyFiles, openKeyFiles } from "./key-file.ts";
import { baseName, CONFIG_NAME, KEYS } from "./layout.ts";
import { isConfigOf, noRepository, readConfig, type Repository } from "./repository.ts";

/** Options of {@link prepareTarget}. */
export interface TargetOptions extends CallOptions {
  /** Only look. */
  readonly dryRun: boolean;
  /** Whether the target is closed to everybody else; asked when everybody could open what is put there. */
  readonly isPrivate: () => Promise<boolean>;
}

/** Where a repository is copied to. */
export interface CopyTarget {
  /** The same repository, in the other store. */
  readonly repository: Repository;
  /** It was made now, or would be. */
  readonly isNew: boolean;
  /** Names of key files that are not what they were; left out. */
  readonly damaged: readonly string[];
}

/**
 * Makes a store the place of a copy. What is there already has to be the same repository, whose keys are left
 * as they are. In an empty one, all keys come first, and then `config`, which makes it a repository: one
 * without snapshots, that a prune and a lock already find.
 *
 * @throws {HoldfastError} `CONFIG` when another repository is there, or when everybody could read the copy;
 *   `DATA_DAMAGED` when there are files of a repository without `config`; and what the stores throw
 */
export async function prepareTarget(
  source: Repository,
  store: Store,
  options: TargetOptions,
): Promise<CopyTarget> {
  const repository = { ...source, store };
  const existing = await readConfig(store, options);
  if (existing !== null) {
    if (!isConfigOf(source, existing)) throw otherRepository(store);
    return { repository, isNew: false, damaged: [] };
  }
  const reason = await noRepository(store, options);
  if (reason.code !== "NO_REPOSITORY") throw reason;
  if ((await opensWithoutPassword(source, options)) && !(await options.isPrivate())) throw openToAll(store);
  const { keys, damaged } = await readKeys(source, options);
  if (!options.dryRun) await create(source, store, keys, options);
  return { repository, isNew: true, damaged };
}

async function create(
  source: Repository,
  store: Store,
  keys: readonly NewFile[],
  options: CallOptions,
): Promise<void> {
  const { signal } = options;
  const bytes = await source.store.read(CONFIG_NAME, undefined, { signal });
  try {
    await store.write(keys, { signal, deferred: true });
    await store.write([{ name: CONFIG_NAME, bytes }], { signal, createOnly: store.traits.createOnly });
  } catch (error) {
    if (!isHoldfastError(error, "ALREADY_EXISTS")) throw error;
    // Another copy of the same, or the first save of somebody else, was faster.
    const existing = await readConfig(store, options);
    if (existing !== null && isConfigOf(source, existing)) return;
    await store.remove(keys.map(({ name }) => name));
    throw otherRepository(store);
  }
}

async function readKeys(
  { store }: Repository,
  { signal }: CallOptions,
): Promise<{ readonly keys: readonly NewFile[]; readonly damaged: readonly string[] }> {
  const keys: NewFile[] = [];
  const damaged: string[] = [];
  for await (const { name } of store.list(KEYS, { signal })) {
    if (!isId(baseName(name))) continue;
    const bytes = await store.read(name, undefined, { signal });
    if (idOf(bytes) === baseName(name)) keys.push({ name, bytes });
    else damaged.push(name);
  }
  return { keys, damaged };
}

/** Whether one of the keys opens with the empty password, whichever was used now. */
async function opensWithoutPassword({ store }: Repository, options: CallOptions): Promise<boolean> {
  try {
    await openKeyFiles(await listKeyFiles(store, options), "");
    return true;
  } catch (error) {
    if (isHoldfastError(error, "WRONG_PASSWORD")) return false;
    throw error;
  }
}

function otherRepository(store: Store): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `there is another repository in ${store.url}`,
    hint: "name an empty place, or a copy of the same repository; nothing was changed",
  });
}

function openToAll(store: Store): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the repository opens without a password, and ${store.url} is not known to be private`,
    hint: "give it a password first: HOLDFAST_NEW_PASSWORD=… holdfast key passwd; or make that place private",
  });
}
