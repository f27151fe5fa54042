import type { BigIntStats } from "node:fs";
import { type ByteString, toText } from "../base/byte-string.ts";
import type { Node } from "../repository/node.ts";
import type { HeldEntry } from "./folder-view.ts";
import { type Evidence, isStored, recognise } from "./known-entry.ts";
import type { SaveContext } from "./save-context.ts";
import { nodeOf } from "./stat-node.ts";

/** An entry of a folder on its way into a tree. */
export interface Entry {
  readonly name: ByteString;
  /** Where it can be reached. */
  readonly path: ByteString;
  /** Relative to the state folder. */
  readonly relative: ByteString;
  readonly stats: BigIntStats;
  /** What the parent snapshot has at this place. */
  readonly parent: Node | undefined;
  /** What was kept of it from the moment of the snapshot. */
  readonly held: HeldEntry | null;
}

/**
 * The node of anything that is not a folder; a regular file that is not known is read into the
 * repository. `null` when it is gone. What cannot be read is reported, and kept as the parent had it.
 */
export async function saveEntry(context: SaveContext, entry: Entry, by: Evidence): Promise<Node | null> {
  const { parent, stats, held } = entry;
  // What was kept was so because it is not known, whatever its times say.
  const recognition = held === null ? recognise(parent, entry.relative, stats, by) : "unknown";
  try {
    const isKnown = parent !== undefined && recognition !== "unknown" && (await isThere(context, parent));
    const node = isKnown ? knownNode(entry, parent, recognition) : await newNode(context, entry);
    if (node !== null) count(context, node, parent, isKnown);
    return node;
  } catch (error) {
    return await missing(context, entry, error);
  }
}

/** Whether the repository has the content of a node, be it in a pack that a lost index file listed. */
async function isThere({ repository, findUnlisted }: SaveContext, node: Node): Promise<boolean> {
  if (isStored(repository, node)) return true;
  await findUnlisted();
  return isStored(repository, node);
}

function knownNode(entry: Entry, parent: Node, recognition: "saved" | "restored" | "unknown"): Node {
  // After a restore the parent's node is used as it is, so that the tree stays the same. Not with hard
  // links: those are told by their inode, and an old inode number may by chance be another file's here.
  if (recognition === "saved" || parent.links <= 1) return parent;
  const { content, extendedAttributes } = parent;
  return { ...nodeOf(entry.name, entry.path, entry.stats), content, extendedAttributes };
}

async function newNode(context: SaveContext, entry: Entry): Promise<Node | null> {
  const { name, path, stats, relative, parent, held } = entry;
  if (held !== null) return heldNode(context, entry, held);
  if (!stats.isFile()) return nodeOf(name, path, stats);
  const read = await context.files.read(path, stats);
  if (read === null) return report(context, relative, { kind: "vanished", reason: null }, undefined);
  context.counts.readBytes += read.readBytes;
  if (read.unsteady) report(context, relative, { kind: "changed-while-read", reason: null }, parent);
  const { sizeBytes: size, content, extendedAttributes } = read;
  return { ...nodeOf(name, path, read.stats), size, content, extendedAttributes };
}

/** The node of an entry from what was kept of it; the disk is not looked at. */
async function heldNode(context: SaveContext, entry: Entry, held: HeldEntry): Promise<Node> {
  const { name, path, stats, relative, parent } = entry;
  if (held.failure !== null) throw held.failure;
  if (held.unsteady) report(context, relative, { kind: "changed-while-read", reason: null }, parent);
  const node = nodeOf(name, path, stats, held.linkTarget);
  if (held.file === null) return node;
  const { content, sizeBytes: size, readBytes } = await context.files.readHeld(held.file, stats);
  context.counts.readBytes += readBytes;
  return { ...node, size, content, extendedAttributes: held.extendedAttributes };
}

/**
 * An entry that could not be read: gone since the folder was listed, or closed to us. The latter is
 * kept as the parent had it, so that a passing fault loses nothing.
 */
export async function missing(
  context: SaveContext,
  entry: Pick<Entry, "relative" | "parent">,
  error: unknown,
): Promise<Node | null> {
  const reason = (error as NodeJS.ErrnoException).code;
  // Only what the system says of this entry; our own errors, and the store's, end the save.
  if ((error as NodeJS.ErrnoException).syscall === undefined || reason === undefined) throw error;
  const isGone = reason === "ENOENT" || reason === "ENOTDIR" || reason === "ELOOP";
  if (isGone) return report(context, entry.relative, { kind: "vanished", reason: null }, undefined);
  const isKept = entry.parent !== undefined && (await isThere(context, entry.parent));
  return report(context, entry.relative, { kind: "unreadable", reason }, isKept ? entry.parent : undefined);
}

function report(
  context: SaveContext,
  relative: ByteString,
  problem: {
    readonly kind: "vanished" | "unreadable" | "changed-while-read";
    readonly reason: string | null;
  },
  parent: Node | undefined,
): Node | null {
  const kept = problem.kind === "unreadable" && parent !== undefined;
  context.problems.push({ ...problem, path: toText(relative), kept });
  if (kept && parent.type === "file") {
    context.counts.filesUnchanged += 1;
    context.counts.stateBytes += parent.size;
  }
  return kept ? parent : null;
}

function count({ counts }: SaveContext, node: Node, parent: Node | undefined, isKnown: boolean): void {
  if (node.type !== "file") return;
  counts.stateBytes += node.size;
  if (isKnown || (parent !== undefined && isSameContent(node, parent))) counts.filesUnchanged += 1;
  else if (parent === undefined) counts.filesNew += 1;
  else counts.filesChanged += 1;
}

function isSameContent(node: Node, parent: Node): boolean {
  const sameMetadata =
    node.mtimeNs === parent.mtimeNs && node.mode === parent.mode && node.size === parent.size;
  return sameMetadata && node.content?.join() === parent.content?.join();
}
