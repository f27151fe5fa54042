import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile } from "../stores/store.ts";
import { formatTime, nowNs, parseTime } from "./go-time.ts";
import { isId } from "./ids.ts";
import { countField, parseObject, textField } from "./json.ts";
import { username } from "./key-file.ts";
import { baseName, LOCKS } from "./layout.ts";
import type { Repository } from "./repository.ts";
import { readSealedFile, sealFile } from "./sealed-file.ts";

/** What a lock file says (restic `doc/design.rst`, "Locks"). */
export interface LockFile {
  readonly name: string;
  readonly timeNs: bigint;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
}

/** Options of {@link acquireLock}. */
export interface LockOptions extends CallOptions {
  /** Nobody else may hold any lock; needed to remove data. Otherwise others that only add may run beside. */
  readonly exclusive: boolean;
}

/** A held lock; refreshes itself until it is disposed of. */
export type RepositoryLock = AsyncDisposable;

/** restic takes a lock as abandoned after this time without refresh. */
const STALE_AFTER_NS = 30n * 60n * 1_000_000_000n;
const REFRESH_MS = 5 * 60 * 1000;
/** When two take the lock at the same instant both give way; each then tries again after another time. */
const ATTEMPTS = 4;
const BACK_OFF_MS = 150;

/**
 * Takes a lock: looks for others, writes its own, looks again and gives way if another appeared.
 * Locks of writers that are gone (dead on this host, or silent for 30 minutes) are removed.
 *
 * @example
 * ```ts
 * await using lock = await acquireLock(repository, { exclusive: true });
 * ```
 * @throws {HoldfastError} `LOCKED` when another writer holds one that excludes it
 */
export async function acquireLock(repository: Repository, options: LockOptions): Promise<RepositoryLock> {
  const hangups = ignoreHangups();
  try {
    const own = await writeUnrivalledLock(repository, options);
    return holdLock(repository, options.exclusive, own, hangups);
  } catch (error) {
    hangups[Symbol.dispose]();
    throw error;
  }
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

/** The locks in the repository, those of dead writers included. */
export async function readLocks(repository: Repository, options: CallOptions = {}): Promise<LockFile[]> {
  const locks: LockFile[] = [];
  for await (const { name } of repository.store.list(LOCKS, options)) {
    const lock = isId(baseName(name)) ? await readLock(repository, name, options) : null;
    if (lock !== null) locks.push(lock);
  }
  return locks;
}

/** Gives the name of the lock. */
async function writeUnrivalledLock(repository: Repository, options: LockOptions): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const rival = findRival(await readLiveLocks(repository, options), options.exclusive, null);
    if (rival !== null) throw locked(rival);
    const own = newLockFile(repository, options.exclusive);
    const newcomer = await writeBesideRivals(repository, own, options);
    if (newcomer === null) return own.name;
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

async function readLock(
  repository: Repository,
  name: string,
  options: CallOptions,
): Promise<LockFile | null> {
  try {
    const json = parseObject(await readSealedFile(repository, name, options), "a lock");
    return {
      name,
      timeNs: parseTime(textField(json, "time")),
      exclusive: json["exclusive"] === true,
      hostname: textField(json, "hostname"),
      username: textField(json, "username"),
      pid: countField(json, "pid"),
    };
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    // A lock that cannot be read was torn by a dying writer; it must stop nobody for ever.
    if (isHoldfastError(error, "DATA_DAMAGED")) return { name, ...UNREADABLE };
    throw error;
  }
}

const UNREADABLE = { timeNs: 0n, exclusive: true, hostname: "", username: "", pid: 0 };

async function readLiveLocks(repository: Repository, options: CallOptions): Promise<LockFile[]> {
  const locks = await readLocks(repository, { signal: options.signal });
  const abandoned = locks.filter(isAbandoned).map(({ name }) => name);
  if (abandoned.length > 0) await repository.store.remove(abandoned, { signal: options.signal });
  return locks.filter((lock) => !isAbandoned(lock));
}

function findRival(locks: readonly LockFile[], exclusive: boolean, own: string | null): LockFile | null {
  return locks.find((lock) => lock.name !== own && (exclusive || lock.exclusive)) ?? null;
}

function isAbandoned(lock: LockFile): boolean {
  if (nowNs() - lock.timeNs > STALE_AFTER_NS) return true;
  return lock.hostname === hostname() && lock.pid > 0 && !isAlive(lock.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's process, but a live one.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function newLockFile(repository: Repository, exclusive: boolean): NewFile {
  const json = JSON.stringify({
    time: formatTime(nowNs()),
    exclusive,
    hostname: hostname(),
    username: username(),
    pid: process.pid,
    uid: process.getuid?.() || undefined,
    gid: process.getgid?.() || undefined,
  });
  return sealFile(repository.keys, LOCKS, json);
}

/** What is not removed now is abandoned, and found to be so by the next who wants a lock. */
async function removeQuietly(repository: Repository, names: readonly string[]): Promise<void> {
  await repository.store.remove(names).catch(() => undefined);
}

/**
 * restic finds out whether the writer of a lock is alive by sending it SIGHUP (its
 * `internal/restic/lock_unix.go`), which ends a process that does not listen for it.
 */
function ignoreHangups(): Disposable {
  const ignore = (): void => undefined;
  process.on("SIGHUP", ignore);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", ignore) };
}

function holdLock(
  repository: Repository,
  exclusive: boolean,
  first: string,
  hangups: Disposable,
): RepositoryLock {
  /** More than one after a refresh that was not finished. */
  const names = new Set([first]);
  let refreshing: Promise<void> = Promise.resolve();
  const refresh = async (): Promise<void> => {
    const next = newLockFile(repository, exclusive);
    const old = [...names];
    names.add(next.name);
    await repository.store.write([next]);
    await repository.store.remove(old);
    for (const name of old) names.delete(name);
  };
  const timer = setInterval(() => {
    // A refresh that fails leaves the old lock, good for 25 more minutes; the next one tries again.
    refreshing = refreshing.then(refresh).catch(() => undefined);
  }, REFRESH_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await refreshing;
      await removeQuietly(repository, [...names]);
      hangups[Symbol.dispose]();
    },
  };
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
