import { HoldfastError } from "../base/errors.ts";
import { shortId } from "../repository/ids.ts";
import type { Repository } from "../repository/repository.ts";
import { findSnapshot, readSnapshots, type Snapshot, type SnapshotList } from "../repository/snapshot.ts";
import type { CallOptions } from "../stores/store.ts";
import { newestSnapshot } from "./newest-snapshot.ts";

/**
 * The snapshot that a user names: an id, the start of one, or `latest` for the newest good one.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT` when there is none, `DATA_DAMAGED` when it cannot be read,
 *   `CONFIG` when several start so
 */
export async function chooseSnapshot(
  repository: Repository,
  query: string,
  options: CallOptions,
): Promise<Snapshot> {
  return chooseAmong(await readSnapshots(repository, options), query);
}

/** As {@link chooseSnapshot}, among snapshots that were read already. */
export function chooseAmong({ snapshots, damaged }: SnapshotList, query: string): Snapshot {
  const newest = query === "latest" ? newestSnapshot(snapshots, null) : null;
  if (newest !== null) return newest;
  const unreadable = damaged.find((id) => query === "latest" || id.startsWith(query));
  if (unreadable !== undefined) {
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: `the snapshot file ${shortId(unreadable)} cannot be read`,
      hint: "take another one; list them with: holdfast snapshots",
    });
  }
  if (query === "latest" && snapshots.length > 0) throw noneGood();
  return findSnapshot(snapshots, query);
}

function noneGood(): HoldfastError {
  return new HoldfastError({
    code: "NO_SNAPSHOT",
    message:
      "all snapshots are kept beside the good ones, such as those of a state that had shrunk or of nothing but cookies, and none of them is taken unless it is named",
    hint: "list them with: holdfast snapshots",
  });
}
