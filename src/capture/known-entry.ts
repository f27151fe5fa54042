import type { BigIntStats } from "node:fs";
import type { ByteString } from "../base/byte-string.ts";
import type { Repository } from "../repository/repository.ts";
import type { Node } from "../repository/node.ts";
import type { RestoredFiles } from "./restored-files.ts";
import { typeOf } from "./stat-node.ts";

/** How an entry is known for unchanged: it is not, as it was saved, or as it was restored here. */
export type Recognition = "unknown" | "saved" | "restored";

/** A file system's clock may tick only every 10 ms (a kernel with 100 ticks a second). */
export const CLOCK_TICK_NS = 10_000_000n;

/** By what entries are recognised. */
export interface Evidence {
  /** A time of change before this can be trusted to show every change since the parent was saved. */
  readonly trustedBeforeNs: bigint;
  /** How the folder's entries looked after they were restored, if they were. */
  readonly restored: RestoredFiles | null;
}

/**
 * Whether an entry is what `node` says, by size, time of modification, time of change and inode.
 *
 * A file may change twice within one tick of the file system's clock. So an entry that changed within
 * the last tick before its snapshot began is not trusted, as git does with its index ("racy git").
 */
export function recognise(
  node: Node | undefined,
  path: ByteString,
  stats: BigIntStats,
  by: Evidence,
): Recognition {
  if (node === undefined || node.type !== typeOf(stats) || node.mtimeNs !== stats.mtimeNs) return "unknown";
  if (node.type === "file" && BigInt(node.size) !== stats.size) return "unknown";
  if (node.inode === stats.ino && node.ctimeNs === stats.ctimeNs) {
    return stats.ctimeNs < by.trustedBeforeNs ? "saved" : "unknown";
  }
  const restored = by.restored?.get(path);
  if (restored === undefined) return "unknown";
  const [inode, ctimeNs] = restored;
  return inode === `${stats.ino}` && ctimeNs === `${stats.ctimeNs}` ? "restored" : "unknown";
}

/** Whether what a node refers to is in the repository, as far as the index says; below a folder nobody looks. */
export function isStored({ index }: Repository, { content, subtree }: Node): boolean {
  return (
    (content ?? []).every((id) => index.has("data", id)) && (subtree === null || index.has("tree", subtree))
  );
}
