import type { ReadState, SaveEnding } from "../capture/save.ts";
import type { Repository } from "../repository/repository.ts";
import { compareSnapshots, readSnapshots, type Snapshot } from "../repository/snapshot.ts";
import type { CallOptions } from "../stores/store.ts";
import { type BesideTag, FORK_TAG, isSameSet, SHRUNK_TAG } from "./beside.ts";
import type { DisposableState } from "./disposable-state.ts";
import { descentOf } from "./descent.ts";
import { sizeWithout } from "./profile-sizes.ts";
import { hasShrunk, sizeOf, stateSize } from "./shrinkage.ts";

/** What decides where a new snapshot belongs; as in `SaveRequest`. */
export interface SavePlace extends CallOptions {
  readonly tags?: readonly string[] | undefined;
  readonly allowShrink?: boolean | undefined;
  readonly unlessUnchanged?: boolean | undefined;
  readonly base?: string | null | undefined;
  readonly beside?: Exclude<BesideTag, "shrunk"> | undefined;
}

/** Where a new snapshot belongs, as far as that is known before the state is read. */
export interface SavePlan {
  /** What to compare with. */
  readonly parent: Snapshot | null;
  /** Decides the rest. */
  readonly end: (state: ReadState, disposable: DisposableState) => Promise<SaveEnding>;
}

/**
 * Looks where a new snapshot belongs: on the line of the good ones, or beside it.
 *
 * @param paths the folders, absolute
 * @throws what the store throws
 */
export async function planSave(
  repository: Repository,
  paths: readonly string[],
  place: SavePlace,
): Promise<SavePlan> {
  const { tags = [], allowShrink = false, base, beside, signal } = place;
  const { snapshots, names } = await readSnapshots(repository, { signal });
  const { parent: origin, isFork } = descentOf(snapshots, paths, base);
  const newestWith = (tag: BesideTag): Snapshot | null =>
    snapshots.findLast((each) => each.tags.includes(tag) && isSameSet(each.paths, paths)) ?? null;
  const parent = beside === undefined ? origin : newer(origin, newestWith(beside));
  const isOnLine = beside === undefined && !isFork;
  const before =
    isOnLine && parent !== null && !allowShrink ? await sizeOf(repository, parent, { signal }) : null;

  const reasonFor = async (
    { counts }: ReadState,
    disposable: DisposableState,
  ): Promise<BesideTag | undefined> => {
    if (!isOnLine) return beside ?? FORK_TAG;
    const now = stateSize(counts);
    if (parent === null || before === null || !hasShrunk(before, now)) return undefined;
    // Of what was saved, only what would be saved today counts: presets may have come since.
    const comparable = await sizeWithout(repository, { parent, before }, disposable, { signal });
    return hasShrunk(comparable, now) ? SHRUNK_TAG : undefined;
  };
  const reconsider = async (all: readonly string[]): Promise<readonly string[]> => {
    const now = await readSnapshots(repository, { signal });
    return descentOf(now.snapshots, paths, base).isFork ? [...all, FORK_TAG] : all;
  };
  return {
    parent,
    async end(state, disposable) {
      const reason = await reasonFor(state, disposable);
      const all = reason === undefined ? tags : [...tags, reason];
      const saved = [origin, parent, reason === undefined ? null : newestWith(reason)];
      const same = state.isKnown ? saved.find((snapshot) => snapshot?.tree === state.tree) : undefined;
      const alike = same ?? (beside !== undefined && hasSameFiles(parent, state) ? parent : null);
      if (place.unlessUnchanged === true && alike !== null) return { same: alike };
      const line = { known: names, reconsider: () => reconsider(all) };
      return { tags: all, line: base !== undefined && isOnLine ? line : undefined };
    },
  };
}

/**
 * Whether the files are those of a snapshot, if not the inodes and times of change: what an image brings
 * along is made anew at each start of a container, and need not be kept each time.
 */
function hasSameFiles(parent: Snapshot | null, { counts }: ReadState): boolean {
  const { filesNew, filesChanged, filesUnchanged } = counts;
  return filesNew + filesChanged === 0 && parent?.summary?.totalFilesProcessed === filesUnchanged;
}

function newer(left: Snapshot | null, right: Snapshot | null): Snapshot | null {
  if (left === null || right === null) return left ?? right;
  return compareSnapshots(left, right) < 0 ? right : left;
}
