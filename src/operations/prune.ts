import type { ProgressListener } from "../base/progress.ts";
import { pruneRepository, type PruneReport } from "../repository/prune.ts";
import type { Repository } from "../repository/repository.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** How to prune. */
export interface PruneRequest {
  /** How much may stay unneeded, as a fraction of what is needed; 0.05 when left out, `Infinity` for any. */
  readonly maxUnused?: number | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What was done, or would be, as `holdfast prune --json` shows it. Sizes are in bytes. */
export interface PruneResult {
  readonly packs: { readonly kept: number; readonly repacked: number; readonly removed: number };
  readonly bytes: {
    /** Copied into new packs. */
    readonly repacked: number;
    /** By how much the store has shrunk. */
    readonly freed: number;
  };
  /** Ids of packs that cannot be read and that no snapshot is known to need; left alone. */
  readonly unreadable: readonly string[];
  readonly dry_run: boolean;
}

/**
 * Removes data that no snapshot needs. What replaces it is stored and verified before anything goes.
 *
 * @throws {HoldfastError} `LOCKED`; `DATA_DAMAGED` when something that is needed is missing (nothing is
 *   removed then); and whatever opening the repository throws
 * @example
 * ```ts
 * const { bytes } = await prune({ store: "./.holdfast", password, maxUnused: 0 });
 * ```
 */
export function prune(options: RepositoryAccess & PruneRequest): Promise<PruneResult> {
  return atBorder("could not prune", () =>
    withRepository(options, ({ repository }) => pruneIn(repository, options)),
  );
}

/** As {@link prune}, in a repository that is open. */
export async function pruneIn(
  repository: Repository,
  options: PruneRequest & { readonly signal?: AbortSignal | undefined },
): Promise<PruneResult> {
  const { maxUnused, dryRun = false, signal, onProgress } = options;
  const limit = maxUnused === undefined ? {} : { maxUnused };
  const report = await pruneRepository(repository, { ...limit, dryRun, signal, onProgress });
  return describe(report, dryRun);
}

function describe(report: PruneReport, dryRun: boolean): PruneResult {
  const { packs, repackedBytes, freedBytes, unreadablePacks } = report;
  return {
    packs,
    bytes: { repacked: repackedBytes, freed: freedBytes },
    unreadable: unreadablePacks,
    dry_run: dryRun,
  };
}
