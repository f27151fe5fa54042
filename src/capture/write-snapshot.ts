import { hostname } from "node:os";
import { nowNs } from "../repository/go-time.ts";
import type { RepositoryLock } from "../repository/held-lock.ts";
import type { Id } from "../repository/ids.ts";
import { username } from "../repository/key-file.ts";
import { SNAPSHOTS } from "../repository/layout.ts";
import type { Repository } from "../repository/repository.ts";
import { sealFile } from "../repository/sealed-file.ts";
import {
  encodeSnapshot,
  type NewSnapshot,
  type Snapshot,
  type SnapshotSummary,
} from "../repository/snapshot.ts";
import type { CallOptions, NewFile, WriteCondition } from "../stores/store.ts";
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
  readonly line?: Line | undefined;
}

/** The snapshots that a new one belongs behind, when it matters that nobody else adds one meanwhile. */
export interface Line {
  /** Names of all files that stand where snapshots do, as they were looked at. */
  readonly known: readonly string[];
  /** Others have come: gives the tags of the new snapshot anew. */
  readonly reconsider: () => Promise<readonly string[]>;
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
 * Writes what is still to be written, and at last the snapshot. Its time is never before that of its
 * parent, however wrong the clocks are: the newest one is what everybody restores.
 *
 * When others have added snapshots to the line meanwhile, a store that knows conditions refuses with
 * `CONFLICT`; elsewhere the tags are chosen anew, which leaves the moment of one small write.
 *
 * @throws {HoldfastError} `LOCKED` when the lock was lost meanwhile; `CONFLICT`; what the store throws
 */
export async function writeSnapshot(context: SaveWork, state: SavedState): Promise<WrittenSnapshot> {
  const { repository, writer, signal, upload } = context;
  const { lock, line } = state;
  const { store } = repository;
  upload?.begin(writer.totals);
  const files = await writer.finish();
  const onSent = upload?.onSent;
  // Without the lock, what this snapshot refers to may have been pruned.
  lock.assertHeld();
  if (line === undefined || store.traits.conditionalWrites) {
    const { file, snapshot } = sealSnapshot(context, state, state.tags);
    await store.write([...files, file], { signal, condition: conditionOf(context, state), onSent });
    return { snapshot, storedBytes: writer.totals.storedBytes + file.bytes.byteLength };
  }
  await store.write(files, { signal, onSent });
  const isAlone = await sameNames(repository, line, { signal });
  const { file, snapshot } = sealSnapshot(context, state, isAlone ? state.tags : await line.reconsider());
  lock.assertHeld();
  await store.write([file], { signal });
  return { snapshot, storedBytes: writer.totals.storedBytes + file.bytes.byteLength };
}

function conditionOf({ repository }: SaveWork, { lock, line }: SavedState): WriteCondition | undefined {
  const condition = lock.condition(repository.index);
  if (condition === undefined || line === undefined) return condition;
  return { ...condition, only: { prefix: SNAPSHOTS, names: line.known } };
}

/** Whether no snapshot has come since a line was looked at. */
async function sameNames({ store }: Repository, { known }: Line, options: CallOptions): Promise<boolean> {
  const names = new Set(known);
  for await (const { name } of store.list(SNAPSHOTS, options)) if (!names.has(name)) return false;
  return true;
}

function sealSnapshot(
  context: SaveWork,
  { startNs, timeNs, tree, paths, parent, excludes, programVersion }: SavedState,
  tags: readonly string[],
): { readonly file: NewFile; readonly snapshot: Snapshot } {
  const snapshot: NewSnapshot = {
    timeNs: timeAfter(timeNs, parent),
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
  const file = sealFile(context.repository.keys, SNAPSHOTS, encodeSnapshot(snapshot));
  return { file, snapshot: { ...snapshot, id: file.id } };
}

const MILLISECOND_NS = 1_000_000n;

/** A time for what comes after a snapshot: this one, unless a clock is wrong. */
export function timeAfter(timeNs: bigint, parent: Snapshot | null): bigint {
  return parent !== null && timeNs <= parent.timeNs ? parent.timeNs + MILLISECOND_NS : timeNs;
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
