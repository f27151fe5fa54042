import { removeLocks } from "../repository/lock.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** Which locks to remove. */
export interface UnlockRequest {
  /** Those of live writers too; only right when it is certain that none runs. */
  readonly all?: boolean | undefined;
}

/** What was done, as `holdfast unlock --json` shows it. */
export interface UnlockResult {
  /** How many locks. */
  readonly removed: number;
}

/**
 * Removes the locks of writers that are gone: dead on this host, or silent for 30 minutes. Other
 * operations do this by themselves; it is for those who want to be sure.
 *
 * @throws {HoldfastError} `STORE_READ_ONLY`, and whatever opening the repository throws
 * @example
 * ```ts
 * await unlock({ store: "./.holdfast", password });
 * ```
 */
export function unlock(options: RepositoryAccess & UnlockRequest): Promise<UnlockResult> {
  const { all = false, signal } = options;
  return atBorder("could not remove locks", () =>
    withRepository(options, async ({ repository }) => ({
      removed: await removeLocks(repository, { all, signal }),
    })),
  );
}
