import type { ProgressListener } from "../base/progress.ts";
import { checkRepository, type CheckProblem } from "../repository/check.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** How thoroughly to check. */
export interface CheckRequest {
  /** Read all data and check every byte; otherwise only what says where things are. */
  readonly readData?: boolean | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a check found, as `holdfast check --json` shows it. */
export interface CheckResult {
  /** Empty when all is well. */
  readonly errors: readonly CheckProblem[];
  /** Ids of the snapshots that can be restored in full, oldest first. */
  readonly whole: readonly string[];
  /** Ids of those that cannot. */
  readonly damaged: readonly string[];
  readonly packs: number;
  readonly blobs: number;
  /** Packs that an interrupted save has left; harmless, removed by `prune`. */
  readonly unlisted_packs: number;
  /** Bytes of data that were read and checked. */
  readonly bytes_read: number;
  readonly seconds: number;
}

/**
 * Checks whether every snapshot can be restored. Changes nothing; damage is reported, not thrown.
 *
 * @throws {HoldfastError} `LOCKED` while the repository is being pruned, and whatever opening it throws
 * @example
 * ```ts
 * const { errors, whole } = await check({ store: "./.holdfast", password, readData: true });
 * ```
 */
export function check(options: RepositoryAccess & CheckRequest): Promise<CheckResult> {
  const startedMs = performance.now();
  const { readData = false, signal, onProgress } = options;
  return atBorder("could not check the repository", () =>
    withRepository(options, async ({ repository }) => {
      const report = await checkRepository(repository, { readData, signal, onProgress });
      const { problems, whole, damaged, packs, blobs, unlistedPacks, readBytes } = report;
      return {
        errors: problems,
        whole,
        damaged,
        packs,
        blobs,
        unlisted_packs: unlistedPacks,
        bytes_read: readBytes,
        seconds: (performance.now() - startedMs) / 1000,
      };
    }),
  );
}
