import { posix } from "node:path";
import { fromText } from "../base/byte-string.ts";
import { isHoldfastError } from "../base/errors.ts";
import type { ProfileTree } from "../browser/profile-tree.ts";
import type { Disposable } from "../capture/patterns.ts";
import type { Repository } from "../repository/repository.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import type { CallOptions } from "../stores/store.ts";
import type { DisposableState } from "./disposable-state.ts";
import { savedFolders } from "./saved-folders.ts";
import type { StateSize } from "./shrinkage.ts";
import { snapshotTree } from "./snapshot-profiles.ts";

/** What a folder holds, and what of it the presets keep. */
export interface FolderSizes {
  readonly whole: StateSize;
  readonly kept: StateSize;
}

/**
 * Counts the files below a folder.
 *
 * @param disposable what does not count as kept, for paths relative to the tree
 * @throws what the tree throws
 */
export async function measureFolder(
  tree: ProfileTree,
  folder: string,
  disposable: Disposable,
): Promise<FolderSizes> {
  const whole = { files: 0, bytes: 0 };
  const kept = { files: 0, bytes: 0 };
  const queue = [{ folder, isKept: true }];
  for (const { folder: current, isKept } of queue) {
    for (const { name, kind } of await tree.list(current)) {
      const path = posix.join(current, name);
      const remains = isKept && !disposable(fromText(path));
      if (kind === "folder") queue.push({ folder: path, isKept: remains });
      if (kind !== "file") continue;
      const size = tree.size(path);
      for (const sum of remains ? [whole, kept] : [whole]) {
        sum.files += 1;
        sum.bytes += size;
      }
    }
  }
  return { whole, kept };
}

/**
 * What a snapshot would have held without all that is disposable today.
 *
 * @param repository with its index loaded
 * @param saved the snapshot, and its size
 * @returns the size as it is given where the snapshot is damaged
 * @throws what the store throws
 */
export async function sizeWithout(
  repository: Repository,
  { parent, before }: { readonly parent: Snapshot; readonly before: StateSize },
  disposable: DisposableState,
  options: CallOptions,
): Promise<StateSize> {
  if (disposable.size === 0) return before;
  try {
    const trees = new TreeReader(repository, options);
    let { files, bytes } = before;
    for (const { path, node } of (await savedFolders(trees, parent)) ?? []) {
      const test = disposable.get(path);
      if (test === undefined || node.subtree === null) continue;
      const tree = snapshotTree(repository, trees, node.subtree, options);
      const { whole, kept } = await measureFolder(tree, "", test);
      files -= whole.files - kept.files;
      bytes -= whole.bytes - kept.bytes;
    }
    return { files, bytes };
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return before;
    throw error;
  }
}
