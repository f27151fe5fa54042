import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile } from "../stores/store.ts";
import { nowNs } from "./go-time.ts";
import { holdLock, ignoreHangups, lockByCondition, removeQuietly, type RepositoryLock } from "./held-lock.ts";
import { isAbandoned, type LockFile, newLockFile, type OwnLockFile, readLocks } from "./lock-file.ts";
import type { Repository } from "./repository.ts";

/** Options of {@link acquireLock}. */
export interface LockOptions extends CallOptions {
  /** Nobody else may hold any lock; needed to remove data. Otherwise others that only add may run beside. */
  readonly exclusive: boolean;
}

/** When two take the lock at the same instant both give way; each then tries again after another time. */
const ATTEMPTS = 4;
const BACK_OFF_MS = 150;

/**
 * Takes a lock: looks for others, writes its own, looks again and gives way if another appeared.
 * Locks of writers that are gone (dead on this host, or silent for 30 minutes) are removed.
 *
 * Where writes can depend on what is there at their instant, one that is not exclusive writes no file: it
 * looks for others, and gives the condition for the write that it is about.
 *
 * @example
 * ```ts
 * await using lock = await acquireLock(repository, { exclusive: true });
 * ```
 * @throws {HoldfastError} `LOCKED` when another writer holds one that excludes it
 */
export async function acquireLock(repository: Repository, options: LockOptions): Promise<RepositoryLock> {
  using _hangups = ignoreHangups();
  if (!options.exclusive && repository.store.traits.conditionalWrites) {
    const rival = findRival(await readLiveLocks(repository, options), false, null);
    if (rival !== null) throw locked(rival);
    return lockByCondition();
  }
  return holdLock(repository, options.exclusive, await writeUnrivalledLock(repository, options));
}

/** Options of {@link removeLocks}. */
export interface RemoveLocksOptions extends CallOptions {
  /** Remove those of live writers too; only right when it is certain that none runs. */
  readonly all?: boolean;
}

/** Removes locks whose writers are gone, or all; gives how many. */
export async function removeLocks(repository: Repository, options: RemoveLocksOptions = {}): Promise<number> {
  const { all = false, ...call } = options;
  const locks = await readLocks(repository, call);
  const removable = locks.filter((lock) => all || isAbandoned(lock));
  await repository.store.remove(
    removable.map(({ name }) => name),
    call,
  );
  return removable.length;
}

async function writeUnrivalledLock(repository: Repository, options: LockOptions): Promise<OwnLockFile> {
  for (let attempt = 1; ; attempt += 1) {
    const rival = findRival(await readLiveLocks(repository, options), options.exclusive, null);
    if (rival !== null) throw locked(rival);
    const own = newLockFile(repository, options.exclusive);
    const newcomer = await writeBesideRivals(repository, own, options);
    if (newcomer === null) return own;
    await repository.store.remove([own.name]);
    if (attempt === ATTEMPTS) throw locked(newcomer);
    await backOff(attempt, options);
  }
}

/** Writes a lock and gives the one that has appeared beside it, or `null`. */
async function writeBesideRivals(
  repository: Repository,
  own: NewFile,
  options: LockOptions,
): Promise<LockFile | null> {
  try {
    await repository.store.write([own], { signal: options.signal });
    return findRival(await readLiveLocks(repository, options), options.exclusive, own.name);
  } catch (error) {
    // A lock that nobody holds, and whose writer lives, would keep others out for half an hour.
    await removeQuietly(repository, [own.name]);
    throw error;
  }
}

async function backOff(attempt: number, { signal }: LockOptions): Promise<void> {
  try {
    await sleep(BACK_OFF_MS * (1 + Math.random()) * attempt, undefined, { signal });
  } catch (cause) {
    throw new HoldfastError({ code: "CANCELLED", message: "stopped while waiting for a lock", cause });
  }
}

async function readLiveLocks(repository: Repository, options: CallOptions): Promise<LockFile[]> {
  const locks = await readLocks(repository, { signal: options.signal });
  const abandoned = locks.filter(isAbandoned).map(({ name }) => name);
  if (abandoned.length > 0) await repository.store.remove(abandoned, { signal: options.signal });
  return locks.filter((lock) => !isAbandoned(lock));
}

function findRival(locks: readonly LockFile[], exclusive: boolean, own: string | null): LockFile | null {
  return locks.find((lock) => lock.name !== own && (exclusive || lock.exclusive)) ?? null;
}

function locked(lock: LockFile): HoldfastError {
  const seconds = Number((nowNs() - lock.timeNs) / 1_000_000_000n);
  const kind = lock.exclusive ? "exclusively locked" : "locked";
  return new HoldfastError({
    code: "LOCKED",
    message: `the repository is ${kind} by process ${lock.pid} of ${lock.username}@${lock.hostname}, since ${seconds} s`,
    hint: "wait for it to end; if it is certain that it no longer runs: holdfast unlock",
  });
}
