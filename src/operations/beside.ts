import type { Id } from "../repository/ids.ts";
import { compareSnapshots, type Snapshot } from "../repository/snapshot.ts";

/**
 * Why a snapshot is kept beside the good ones and never taken unless it is named (design, invariant 1):
 *
 * - `shrunk`: its state was empty or suddenly much smaller than the one before, perhaps the trace of a bad run;
 * - `fork`: when it was saved, the good state was no longer the one that it descends from;
 * - `quarantine`: it was made while nobody knew what is saved, because the store could not be reached;
 * - `replaced`: it is what lay in the state folder before a restore.
 *
 * The reason is a tag of the snapshot, so that people and the stock restic see it too.
 */
export type BesideTag = "shrunk" | "fork" | "quarantine" | "replaced";

/** See {@link BesideTag}. */
export const SHRUNK_TAG: BesideTag = "shrunk";
/** See {@link BesideTag}. */
export const FORK_TAG: BesideTag = "fork";

/** What weighs more comes first. */
const BESIDE_TAGS: readonly BesideTag[] = ["fork", "quarantine", "replaced", "shrunk"];

/** The tags that say that a snapshot is kept beside the good ones; none for a good one. */
export function besideTags({ tags }: Pick<Snapshot, "tags">): BesideTag[] {
  return BESIDE_TAGS.filter((tag) => tags.includes(tag));
}

/** What a snapshot was before somebody gave it other tags, or made it the good one. */
export function identityOf({ id, original }: Pick<Snapshot, "id" | "original">): Id {
  return original ?? id;
}

/**
 * The snapshots that are forks: those that say so, and those of two writers who went on from the same
 * snapshot at the same instant, so that neither could know of the other. Of these the oldest is the line
 * that goes on, for everybody who looks.
 *
 * Only what Holdfast wrote is judged by its parents. restic names as parent whatever it compared with: the
 * newest of the same host, or the newest before a time that somebody gave it. Two of its snapshots may well
 * have the same one, and the newer is what its user wants.
 *
 * @param snapshots all of the repository, in any order
 */
export function findForks(snapshots: readonly Snapshot[]): ReadonlySet<Snapshot> {
  const forks = new Set(snapshots.filter(({ tags }) => tags.includes(FORK_TAG)));
  const lines = new Map<string, Snapshot>();
  for (const snapshot of snapshots.toSorted(compareSnapshots)) {
    if (snapshot.parent === null || besideTags(snapshot).length > 0 || !isOurs(snapshot)) continue;
    const place = JSON.stringify([snapshot.parent, ...new Set(snapshot.paths.toSorted())]);
    const first = lines.get(place);
    if (first === undefined) lines.set(place, snapshot);
    // The same snapshot with other tags is no second one.
    else if (identityOf(first) !== identityOf(snapshot)) forks.add(snapshot);
  }
  return forks;
}

/** A snapshot that is kept beside the good ones, as `holdfast restore --json` shows it. */
export interface SnapshotBeside {
  readonly id: string;
  /** RFC 3339, to the nanosecond. */
  readonly time: string;
  readonly tag: BesideTag;
}

/**
 * Snapshots of some folders that are kept beside the good ones, and are newer than one of these.
 *
 * @param snapshots all of the repository, oldest first
 * @param than `null` for all, however old
 * @param reasons only those that are beside for one of these
 * @returns the newest first
 */
export function newerBeside(
  snapshots: readonly Snapshot[],
  { paths, than }: { readonly paths: readonly string[]; readonly than: Snapshot | null },
  reasons: readonly BesideTag[],
): { readonly snapshot: Snapshot; readonly tag: BesideTag }[] {
  const forks = findForks(snapshots);
  return snapshots
    .filter((snapshot) => isSameSet(snapshot.paths, paths))
    .filter((snapshot) => than === null || compareSnapshots(than, snapshot) < 0)
    .flatMap((snapshot) => {
      const tags: readonly BesideTag[] = forks.has(snapshot) ? [FORK_TAG] : besideTags(snapshot);
      const tag = tags.find((each) => reasons.includes(each));
      return tag === undefined ? [] : [{ snapshot, tag }];
    })
    .toReversed();
}

/** Whether two lists of paths name the same folders, in any order. */
export function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(left);
  return names.size === new Set(right).size && right.every((name) => names.has(name));
}

function isOurs({ programVersion }: Snapshot): boolean {
  return programVersion.startsWith("holdfast ");
}
