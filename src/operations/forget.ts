import { HoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import { type ForgetPolicy, KEEP_NOTHING, planForget, removeSnapshots } from "../repository/forget.ts";
import { findSnapshot, readSnapshots, type Snapshot } from "../repository/snapshot.ts";
import { atBorder } from "./border.ts";
import { besideTags, findForks } from "./beside.ts";
import { isCookiesOnly } from "./newest-snapshot.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { pruneIn, type PruneResult } from "./prune.ts";

/** What makes snapshots belong together, so that the rules count them together. */
export type GroupBy = "host" | "paths" | "tags";

/** Which snapshots to forget. */
export interface ForgetRequest {
  /** Forget exactly these: ids, or the starts of some. The rules are not looked at then. */
  readonly snapshots?: readonly string[] | undefined;
  /** Forget what no rule keeps. */
  readonly keep?: Partial<ForgetPolicy> | undefined;
  /** `["paths"]` when left out: a container has another host name at every start. */
  readonly groupBy?: readonly GroupBy[] | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Remove the data that nothing needs any more, too. */
  readonly prune?: boolean | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What was done, or would be, as `holdfast forget --json` shows it. */
export interface ForgetResult {
  /** Ids, newest first in each group. */
  readonly kept: readonly string[];
  readonly removed: readonly string[];
  readonly dry_run: boolean;
  /** `null` when nothing was to be pruned. */
  readonly prune: PruneResult | null;
}

/**
 * Removes snapshots. What only they used stays in the store until it is pruned.
 *
 * Snapshots that are kept beside the good ones, such as forks and those of a state that had shrunk, and
 * those of nothing but cookies, are counted apart from the others: they can never push out a good one.
 *
 * @throws {HoldfastError} `CONFIG` when neither snapshots nor rules are given, or when the rules would
 *   leave nothing of a group; `NO_SNAPSHOT`, `LOCKED`, `STORE_READ_ONLY`, and whatever opening the
 *   repository throws
 * @example
 * ```ts
 * await forget({ store: "./.holdfast", password, keep: { last: 10, daily: 14 }, prune: true });
 * ```
 */
export function forget(options: RepositoryAccess & ForgetRequest): Promise<ForgetResult> {
  const { dryRun = false, signal } = options;
  return atBorder("could not forget snapshots", () =>
    withRepository(options, async ({ repository }) => {
      const { snapshots } = await readSnapshots(repository, { signal });
      const { keep, remove } = plan(snapshots, options);
      const removed = remove.map(({ id }) => id);
      const isPrunedNext = options.prune === true;
      if (!dryRun) await removeSnapshots(repository, removed, { signal, isPrunedNext });
      const prune = isPrunedNext && !dryRun ? await pruneIn(repository, options) : null;
      return { kept: keep.map(({ id }) => id), removed, dry_run: dryRun, prune };
    }),
  );
}

interface Plan {
  readonly keep: readonly Snapshot[];
  readonly remove: readonly Snapshot[];
}

function plan(snapshots: readonly Snapshot[], request: ForgetRequest): Plan {
  if (request.snapshots !== undefined && request.snapshots.length > 0) {
    const remove = new Set(request.snapshots.map((query) => findSnapshot(snapshots, query)));
    return { keep: snapshots.filter((snapshot) => !remove.has(snapshot)).toReversed(), remove: [...remove] };
  }
  const policy = { ...KEEP_NOTHING, ...request.keep };
  if (isEmpty(policy)) throw nothingAsked();
  const forks = findForks(snapshots);
  const groups = Map.groupBy(snapshots, (snapshot) => {
    const isApart = [besideTags(snapshot).sort(), forks.has(snapshot), isCookiesOnly(snapshot)];
    return JSON.stringify([isApart, groupOf(snapshot, request.groupBy ?? ["paths"])]);
  });
  const plans = [...groups.values()].map((group) => planForget(group, policy));
  if (plans.some(({ keep }) => keep.length === 0)) throw nothingKept();
  return { keep: plans.flatMap(({ keep }) => keep), remove: plans.flatMap(({ remove }) => remove) };
}

function isEmpty({ tags, ...counts }: ForgetPolicy): boolean {
  return tags.length === 0 && Object.values(counts).every((count) => count === 0);
}

function groupOf({ hostname, paths, tags }: Snapshot, groupBy: readonly GroupBy[]): readonly unknown[] {
  const values = { host: hostname, paths: [...paths].sort(), tags: [...tags].sort() };
  return groupBy.map((name) => values[name]);
}

function nothingAsked(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "neither snapshots nor rules were given",
    hint: "name snapshots, or say what to keep, for example: holdfast forget --keep-last 10",
  });
}

function nothingKept(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "these rules would not leave a single snapshot of some folders",
    hint: "add --keep-last 1; to remove snapshots all the same, name them",
  });
}
