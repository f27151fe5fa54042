import { HoldfastError } from "../base/errors.ts";
import { nowNs } from "./go-time.ts";
import { newLockFile, type OwnLockFile, STALE_AFTER_NS } from "./lock-file.ts";
import type { WriteCondition } from "../stores/store.ts";
import type { BlobIndex } from "./blob-index.ts";
import { LOCKS, packName } from "./layout.ts";
import type { Repository } from "./repository.ts";

/** A held lock; refreshes itself until it is disposed of. */
export interface RepositoryLock extends AsyncDisposable {
  /**
   * To be called before anything that relies on the lock becomes visible, or is removed. A process that
   * was stopped, or that could not reach the store, for half an hour has lost its lock to others.
   *
   * @throws {HoldfastError} `LOCKED` when that may be so
   */
  assertHeld(): void;
  /**
   * What the store has to see to, where it can, in place of a lock file: that nothing which a snapshot
   * relies on was removed, and that nobody is about to remove something. `undefined` where a file locks.
   */
  condition(index: BlobIndex): WriteCondition | undefined;
}

const REFRESH_MS = 5 * 60 * 1000;
/** Not refreshed for so long, a lock is about to be taken for abandoned. */
const LOST_AFTER_NS = STALE_AFTER_NS - BigInt(REFRESH_MS) * 1_000_000n;

/** Keeps a lock that was just written, and removes it in the end. */
export function holdLock(repository: Repository, exclusive: boolean, first: OwnLockFile): RepositoryLock {
  /** More than one after a refresh that was not finished. */
  const names = new Set([first.name]);
  const hangups = ignoreHangups();
  let refreshedNs = first.timeNs;
  let isLost = false;
  const assertHeld = (): void => {
    isLost ||= nowNs() - refreshedNs > LOST_AFTER_NS;
    if (isLost) throw lost();
  };
  const refresh = async (): Promise<void> => {
    assertHeld();
    const next = newLockFile(repository, exclusive);
    const old = [...names];
    names.add(next.name);
    await repository.store.write([next]);
    refreshedNs = next.timeNs;
    await repository.store.remove(old);
    for (const name of old) names.delete(name);
  };
  let refreshing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A refresh that fails leaves the old lock, good for some more minutes; the next one tries again.
    refreshing = refreshing.then(refresh).catch(() => undefined);
  }, REFRESH_MS).unref();
  return {
    assertHeld,
    condition: () => undefined,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await refreshing;
      await removeQuietly(repository, [...names]);
      hangups[Symbol.dispose]();
    },
  };
}

/** In a store that can look at the instant of a write: no file, and nothing to remove. */
export function lockByCondition(): RepositoryLock {
  return {
    assertHeld: () => undefined,
    condition: (index) => ({ present: index.packs().map(packName), absent: LOCKS }),
    async [Symbol.asyncDispose]() {},
  };
}

/** Removes locks. What is not removed now is abandoned, and found to be so by the next who wants one. */
export async function removeQuietly(repository: Repository, names: readonly string[]): Promise<void> {
  await repository.store.remove(names).catch(() => undefined);
}

/**
 * restic finds out whether the writer of a lock is alive by sending it SIGHUP (its
 * `internal/restic/lock_unix.go`), which ends a process that does not listen for it.
 */
export function ignoreHangups(): Disposable {
  const ignore = (): void => undefined;
  process.on("SIGHUP", ignore);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", ignore) };
}

function lost(): HoldfastError {
  return new HoldfastError({
    code: "LOCKED",
    message: "this process stood still for so long that others may have taken its lock for abandoned",
    hint: "nothing that relied on the lock was done; try again",
  });
}
