import type { Snapshot } from "../repository/snapshot.ts";
import { SHRUNK_TAG } from "./beside.ts";
import { newestSnapshot } from "./newest-snapshot.ts";

/** Where a state that is about to be saved comes from. */
export interface Descent {
  /** The snapshot to name as its parent, and to compare it with. */
  readonly parent: Snapshot | null;
  /** The good state is another one now than the one that it descends from. */
  readonly isFork: boolean;
}

/**
 * Where a state comes from, among the snapshots that are there.
 *
 * A base that was tagged otherwise or made the good one since is still the same one. A snapshot that is
 * tagged `shrunk` does not take its state off the line: what counts is the good one before it. Where there
 * is no good snapshot at all, nothing can fork.
 *
 * @param snapshots oldest first
 * @param base id of the snapshot that the state descends from, `null` when it is from none; the newest good
 *   one is taken for it when it is `undefined`
 */
export function descentOf(
  snapshots: readonly Snapshot[],
  paths: readonly string[],
  base: string | null | undefined,
): Descent {
  const newest = newestSnapshot(snapshots, paths);
  if (base === undefined) return { parent: newest, isFork: false };
  const byId = new Map<string, Snapshot>(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const origin = base === null ? null : (byId.get(base) ?? null);
  if (newest === null) return { parent: origin, isFork: false };
  let id = base;
  // Each step is looked at once: parents of a stranger's making may go round.
  for (let steps = 0; id !== null && steps <= snapshots.length; steps += 1) {
    if (newest.id === id || newest.original === id) return { parent: newest, isFork: false };
    const snapshot = byId.get(id);
    id = snapshot?.tags.includes(SHRUNK_TAG) === true ? snapshot.parent : null;
  }
  // Of a base that was forgotten nothing is left to compare with; most is as in the newest one.
  return { parent: base === null ? null : (origin ?? newest), isFork: true };
}
