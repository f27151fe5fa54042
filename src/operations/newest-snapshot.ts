import type { Snapshot } from "../repository/snapshot.ts";

/**
 * The tag of a snapshot whose state was empty or suddenly much smaller than the one before it.
 *
 * Such a snapshot is kept beside the good ones and never taken unless it is named: it may be the
 * trace of a bad run (design, invariant 1).
 */
export const SHRUNK_TAG = "shrunk";

/**
 * What "latest" means: the newest snapshot that is not tagged {@link SHRUNK_TAG}.
 *
 * @param snapshots oldest first, as `listSnapshots` returns them
 * @param paths only snapshots of exactly these absolute folders, in any order; `null` for any. The
 *   host does not matter: a container has another name at every start.
 * @returns `null` when there is none
 */
export function newestSnapshot(
  snapshots: readonly Snapshot[],
  paths: readonly string[] | null,
): Snapshot | null {
  const matches = (snapshot: Snapshot): boolean =>
    !snapshot.tags.includes(SHRUNK_TAG) && (paths === null || isSameSet(snapshot.paths, paths));
  return snapshots.findLast(matches) ?? null;
}

/** Whether two lists of paths name the same folders, in any order. */
export function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(left);
  return names.size === new Set(right).size && right.every((name) => names.has(name));
}
