import { hostname } from "node:os";
import { nowNs } from "../repository/go-time.ts";
import type { RepositoryLock } from "../repository/held-lock.ts";
import type { Id } from "../repository/ids.ts";
import { username } from "../repository/key-file.ts";
import { SNAPSHOTS } from "../repository/layout.ts";
import { sealFile } from "../repository/sealed-file.ts";
import {
  encodeSnapshot,
  type NewSnapshot,
  type Snapshot,
  type SnapshotSummary,
} from "../repository/snapshot.ts";
import type { SaveContext } from "./save-context.ts";
import type { UploadProgress } from "./upload-progress.ts";

/** What a snapshot is made of, once everything below its root tree is added. */
export interface SavedState {
  readonly startNs: bigint;
  /** When the state was as the snapshot has it. */
  readonly timeNs: bigint;
  readonly tree: Id;
  readonly paths: readonly string[];
  readonly parent: Snapshot | null;
  readonly excludes: readonly string[];
  readonly tags: readonly string[];
  readonly programVersion: string;
  readonly lock: RepositoryLock;
}

/** What of the work of a save is needed for its end. */
export type SaveWork = Pick<SaveContext, "repository" | "writer" | "counts" | "signal"> & {
  readonly upload?: UploadProgress;
};

/** A snapshot that is in the store. */
export interface WrittenSnapshot {
  readonly snapshot: Snapshot;
  /** All that the save wrote to the store. */
  readonly storedBytes: number;
}

/**
 * Writes what is still to be written, and at last the snapshot.
 *
 * @throws {HoldfastError} `LOCKED` when the lock was lost meanwhile; `CONFLICT`; what the store throws
 */
export async function writeSnapshot(context: SaveWork, state: SavedState): Promise<WrittenSnapshot> {
  const { repository, writer, signal, upload } = context;
  const { startNs, timeNs, tree, paths, parent, excludes, tags, programVersion, lock } = state;
  upload?.begin(writer.totals);
  const files = await writer.finish();
  const snapshot: NewSnapshot = {
    timeNs,
    parent: parent?.id ?? null,
    tree,
    paths,
    hostname: hostname(),
    username: username(),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    excludes,
    tags,
    original: null,
    programVersion,
    summary: summarise(context, startNs),
  };
  const file = sealFile(repository.keys, SNAPSHOTS, encodeSnapshot(snapshot));
  // Without the lock, what this snapshot refers to may have been pruned.
  lock.assertHeld();
  const condition = lock.condition(repository.index);
  await repository.store.write([...files, file], { signal, condition, onSent: upload?.onSent });
  return {
    snapshot: { ...snapshot, id: file.id },
    storedBytes: writer.totals.storedBytes + file.bytes.byteLength,
  };
}

function summarise({ counts, writer: { totals } }: SaveWork, startNs: bigint): SnapshotSummary {
  return {
    startNs,
    endNs: nowNs(),
    filesNew: counts.filesNew,
    filesChanged: counts.filesChanged,
    filesUnmodified: counts.filesUnchanged,
    dirsNew: counts.foldersNew,
    dirsChanged: counts.foldersChanged,
    dirsUnmodified: counts.foldersUnchanged,
    dataBlobs: totals.dataBlobs,
    treeBlobs: totals.treeBlobs,
    dataAdded: totals.addedBytes,
    dataAddedPacked: totals.packedBytes,
    totalFilesProcessed: counts.filesNew + counts.filesChanged + counts.filesUnchanged,
    totalBytesProcessed: counts.stateBytes,
  };
}
