import { resolve } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { type Id, shortId } from "../repository/ids.ts";
import type { Snapshot, SnapshotList } from "../repository/snapshot.ts";
import { chooseAmong } from "./choose-snapshot.ts";
import { besideTags, findForks, isSameSet } from "./beside.ts";
import { isCookiesOnly, newestSnapshot } from "./newest-snapshot.ts";

/** Which snapshot to restore, and which ones could stand in for it. */
export interface RestoreChoice {
  /** `null` when its file cannot be read. */
  readonly snapshot: Snapshot | null;
  readonly id: Id;
  /** Good ones of the same folders, saved before it; the newest first. */
  readonly older: readonly Snapshot[];
}

/**
 * The snapshot that a user wants back. `latest` is the newest good one of exactly the state's folders,
 * else the newest good one of all.
 *
 * A snapshot file that cannot be read may be the newest one, unless a later one names it as its parent.
 *
 * @param to the folder of the user's choice; only there do the files of a snapshot of cookies belong
 * @throws {HoldfastError} `NO_SNAPSHOT`, `DATA_DAMAGED`, `CONFIG`
 */
export function chooseRestore(
  list: SnapshotList,
  query: string,
  state: readonly string[],
  to: string | null,
): RestoreChoice {
  const paths = state.map((folder) => resolve(folder));
  const ofState = query === "latest" ? newestSnapshot(list.snapshots, paths) : null;
  if (query === "latest") {
    const parents = new Set(list.snapshots.map(({ parent }) => parent));
    const unreadable = list.damaged.find((id) => !parents.has(id));
    const stand = ofState ?? newestSnapshot(list.snapshots, null);
    if (unreadable !== undefined) {
      const older = stand === null ? [] : [stand, ...olderOnes(list.snapshots, stand)];
      return { snapshot: null, id: unreadable, older };
    }
  }
  const snapshot = ofState ?? chooseAmong(list, query);
  if (isCookiesOnly(snapshot) && to === null) throw onlyCookies(snapshot);
  return { snapshot, id: snapshot.id, older: olderOnes(list.snapshots, snapshot) };
}

function onlyCookies({ id }: Snapshot): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `snapshot ${shortId(id)} holds only cookies, which are no state to put in the place of another`,
    hint: `bring them back with: holdfast restore --only cookies ${shortId(id)}`,
  });
}

/**
 * Good snapshots of the same folders that were saved before one.
 *
 * @param snapshots oldest first
 * @returns the newest first
 */
export function olderOnes(snapshots: readonly Snapshot[], than: Snapshot): Snapshot[] {
  const forks = findForks(snapshots);
  return snapshots
    .slice(0, snapshots.indexOf(than))
    .filter((snapshot) => besideTags(snapshot).length === 0 && !forks.has(snapshot))
    .filter(({ paths }) => isSameSet(paths, than.paths))
    .toReversed();
}
