import type { ByteString } from "../base/byte-string.ts";
import { isHoldfastError } from "../base/errors.ts";
import type { SaveCounts } from "../capture/save-context.ts";
import { BlobIndex } from "../repository/blob-index.ts";
import { loadIndex } from "../repository/index-files.ts";
import type { Repository } from "../repository/repository.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import type { CallOptions } from "../stores/store.ts";
import { entriesBelow } from "./snapshot-tree.ts";

/** A state below this may shrink as it likes: it is soon made again. */
const SMALL_BYTES = 1024 * 1024;

/** How large a state is. */
export interface StateSize {
  readonly files: number;
  readonly bytes: number;
}

/**
 * True when a state has become empty, or less than half of what it was: more likely the trace of a
 * failed restore or a wiped disk than what the user wants to come back to.
 */
export function hasShrunk(before: StateSize, now: StateSize): boolean {
  if (now.files === 0) return before.files > 0;
  return before.bytes > SMALL_BYTES && now.bytes < before.bytes / 2;
}

/** The size of the state that a save has met. */
export function stateSize(counts: Readonly<SaveCounts>): StateSize {
  const { filesNew, filesChanged, filesUnchanged, stateBytes } = counts;
  return { files: filesNew + filesChanged + filesUnchanged, bytes: stateBytes };
}

/**
 * The size of the state in a snapshot; counted from its trees when its summary does not tell.
 *
 * @returns `null` when the snapshot is damaged: it is no good one then, that a save could be held against
 */
export async function sizeOf(
  repository: Repository,
  snapshot: Snapshot,
  options: CallOptions,
): Promise<StateSize | null> {
  const { summary } = snapshot;
  if (summary !== null) return { files: summary.totalFilesProcessed, bytes: summary.totalBytesProcessed };
  try {
    return await countFiles(repository, snapshot, options);
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return null;
    throw error;
  }
}

async function countFiles(
  repository: Repository,
  snapshot: Snapshot,
  options: CallOptions,
): Promise<StateSize> {
  const copy = { ...repository, index: new BlobIndex() };
  await loadIndex(copy, options);
  const size = { files: 0, bytes: 0 };
  const root = "/" as ByteString;
  for await (const { node } of entriesBelow(new TreeReader(copy, options), snapshot.tree, root, true)) {
    if (node.type !== "file") continue;
    size.files += 1;
    size.bytes += node.size;
  }
  return size;
}
