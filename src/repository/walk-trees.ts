import type { CallOptions } from "../stores/store.ts";
import type { BlobType } from "./blob.ts";
import type { Id } from "./ids.ts";
import type { Repository } from "./repository.ts";
import { TreeReader } from "./tree-reader.ts";

/** Ids of blobs, by kind. */
export type BlobSet = Readonly<Record<BlobType, Set<Id>>>;

/**
 * All blobs that some root trees need, themselves included.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when a tree is missing or damaged, and what the store throws
 */
export async function findUsedBlobs(
  repository: Repository,
  roots: Iterable<Id>,
  options: CallOptions = {},
): Promise<BlobSet> {
  const used: BlobSet = { data: new Set(), tree: new Set(roots) };
  const reader = new TreeReader(repository, options);
  // A set can grow while it is walked: each tree adds those below it.
  for (const tree of used.tree) {
    for (const { content, subtree } of await reader.read(tree)) {
      for (const id of content ?? []) used.data.add(id);
      if (subtree !== null) used.tree.add(subtree);
    }
  }
  return used;
}
