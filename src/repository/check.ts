import { isHoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { CallOptions } from "../stores/store.ts";
import { checkPacks } from "./check-packs.ts";
import { checkSnapshots } from "./check-snapshots.ts";
import type { Id } from "./ids.ts";
import { indexUnlistedPacks, loadIndex } from "./index-files.ts";
import { baseName } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import type { Repository } from "./repository.ts";
import { readSnapshots } from "./snapshot.ts";

/** What can be wrong. */
export type CheckProblemKind =
  | "index-damaged"
  | "index-missing"
  | "pack-missing"
  | "pack-damaged"
  | "snapshot-damaged"
  | "tree-damaged"
  | "blob-missing";

/** One thing that is wrong. */
export interface CheckProblem {
  readonly kind: CheckProblemKind;
  /** For people: one sentence, lower case, no full stop. */
  readonly message: string;
}

/** What a check found; sizes in bytes. */
export interface CheckReport {
  readonly problems: readonly CheckProblem[];
  /** Snapshots that can be restored in full, as far as was checked; oldest first. */
  readonly whole: readonly Id[];
  /** Snapshots that cannot, and those whose file cannot even be read. */
  readonly damaged: readonly Id[];
  readonly packs: number;
  readonly blobs: number;
  /** Packs that no index lists: left by an interrupted save, harmless, removed by prune. */
  readonly unlistedPacks: number;
  /** Bytes of packs that were read and checked; 0 without `readData`. */
  readonly readBytes: number;
}

/** Options of {@link checkRepository}. */
export interface CheckOptions extends CallOptions {
  /** Read every pack and check every byte of it; otherwise only what says where things are. */
  readonly readData: boolean;
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Looks whether every snapshot can be restored, and says which. Changes nothing.
 *
 * @throws {HoldfastError} `LOCKED` while the repository is being pruned, and what the store throws;
 *   damage is reported, not thrown
 */
export async function checkRepository(repository: Repository, options: CheckOptions): Promise<CheckReport> {
  const call = { signal: options.signal };
  await using _lock = await lockIfPossible(repository, call);
  const list = await readSnapshots(repository, call);
  const indexes = await loadIndex(repository, call);
  const problems: CheckProblem[] = indexes.damaged.map((name) => ({
    kind: "index-damaged",
    message: `the index file ${baseName(name).slice(0, 8)} cannot be read; the next prune makes a new one`,
  }));
  const packs = await checkPacks(repository, indexes.packs, options);
  problems.push(...packs.problems);
  const unlisted = await indexUnlistedPacks(repository, call);
  const unlistedIds = new Set(unlisted.found.map(({ id }) => id));
  const snapshots = await checkSnapshots(repository, list, {
    bad: packs.bad,
    unlisted: unlistedIds,
    signal: options.signal,
  });
  problems.push(...snapshots.problems);
  return {
    problems,
    whole: snapshots.whole,
    damaged: [...list.damaged, ...snapshots.damaged],
    packs: indexes.packs.size,
    blobs: repository.index.count("data") + repository.index.count("tree"),
    unlistedPacks: unlisted.found.length + unlisted.damaged.length,
    readBytes: packs.readBytes,
  };
}

/** A check must also be possible where nothing can be written. */
async function lockIfPossible(repository: Repository, call: CallOptions): Promise<AsyncDisposable | null> {
  try {
    return await acquireLock(repository, { exclusive: false, ...call });
  } catch (error) {
    if (isHoldfastError(error, "STORE_READ_ONLY", "DISK_FULL")) return null;
    throw error;
  }
}
