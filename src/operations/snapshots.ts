import { formatTime } from "../repository/go-time.ts";
import { readSnapshots, type Snapshot } from "../repository/snapshot.ts";
import { findForks } from "./beside.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** A snapshot as `holdfast snapshots --json` shows it. */
export interface SnapshotInfo {
  readonly id: string;
  /** RFC 3339, to the nanosecond. */
  readonly time: string;
  readonly host: string;
  /** The folders that were saved, absolute. */
  readonly paths: readonly string[];
  readonly tags: readonly string[];
  /** When it was saved, the good state was no longer the one that it descends from; restored only when named. */
  readonly fork: boolean;
  /** `null` when the program that saved did not count; as are the next two. */
  readonly files: number | null;
  /** Size of all files together. */
  readonly bytes: number | null;
  /** Bytes that the snapshot added to the store. */
  readonly added: number | null;
}

/** What {@link snapshots} found. */
export interface SnapshotListing {
  /** Oldest first. */
  readonly snapshots: readonly SnapshotInfo[];
  /** Ids of those whose file cannot be read. */
  readonly damaged: readonly string[];
}

/**
 * Lists the snapshots of a repository.
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `WRONG_PASSWORD`, `DATA_DAMAGED`, `CONFIG`,
 *   `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 * @example
 * ```ts
 * const listing = await snapshots({ store: "./.holdfast", password });
 * console.log(listing.snapshots.at(-1)?.time);
 * ```
 */
export function snapshots(options: RepositoryAccess): Promise<SnapshotListing> {
  return atBorder("could not list the snapshots", () =>
    withRepository(options, async ({ repository }) => {
      const list = await readSnapshots(repository, { signal: options.signal });
      const forks = findForks(list.snapshots);
      const described = list.snapshots.map((snapshot) => describeSnapshot(snapshot, forks.has(snapshot)));
      return { snapshots: described, damaged: list.damaged };
    }),
  );
}

/** A snapshot in the words of the contract. */
function describeSnapshot(snapshot: Snapshot, isFork: boolean): SnapshotInfo {
  const { id, timeNs, hostname, paths, tags, summary } = snapshot;
  return {
    id,
    time: formatTime(timeNs),
    host: hostname,
    paths,
    tags,
    fork: isFork,
    files: summary?.totalFilesProcessed ?? null,
    bytes: summary?.totalBytesProcessed ?? null,
    added: summary?.dataAddedPacked ?? null,
  };
}
