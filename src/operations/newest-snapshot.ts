import { basename } from "node:path";
import type { Snapshot } from "../repository/snapshot.ts";
import { besideTags, findForks, isSameSet } from "./beside.ts";

/** The tag of a snapshot that holds only cookies; for people, see {@link isCookiesOnly}. */
export const COOKIES_TAG = "cookies";

/** The folder that stands for a state folder in a snapshot of only its cookies; it exists nowhere else. */
export const COOKIES_FOLDER = "holdfast-cookies";

/**
 * Whether a snapshot holds only the cookies of a state. It must never be taken for the whole state, nor
 * the other way round. The paths decide: anybody may give a snapshot any tag.
 */
export function isCookiesOnly({ paths }: Snapshot): boolean {
  return paths.length > 0 && paths.every((path) => basename(path) === COOKIES_FOLDER);
}

/**
 * What "latest" means: the newest snapshot of whole folders that is good, so neither tagged as one that is
 * kept beside the good ones nor a fork.
 *
 * @param snapshots all of the repository, oldest first, as `listSnapshots` returns them
 * @param paths only snapshots of exactly these absolute folders, in any order; `null` for any. The
 *   host does not matter: a container has another name at every start.
 * @returns `null` when there is none
 */
export function newestSnapshot(
  snapshots: readonly Snapshot[],
  paths: readonly string[] | null,
): Snapshot | null {
  return newestAmong(snapshots, paths, (snapshot) => !isCookiesOnly(snapshot));
}

/** As {@link newestSnapshot}, among the snapshots of only cookies; `paths` are those of the snapshot. */
export function newestCookies(
  snapshots: readonly Snapshot[],
  paths: readonly string[] | null,
): Snapshot | null {
  return newestAmong(snapshots, paths, isCookiesOnly);
}

function newestAmong(
  snapshots: readonly Snapshot[],
  paths: readonly string[] | null,
  isOfKind: (snapshot: Snapshot) => boolean,
): Snapshot | null {
  const forks = findForks(snapshots);
  const matches = (snapshot: Snapshot): boolean =>
    isOfKind(snapshot) &&
    besideTags(snapshot).length === 0 &&
    !forks.has(snapshot) &&
    (paths === null || isSameSet(snapshot.paths, paths));
  return snapshots.findLast(matches) ?? null;
}
