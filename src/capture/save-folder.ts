import { type BigIntStats, lstatSync } from "node:fs";
import { type ByteString, toPath } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { listExtendedAttributes } from "../base/system.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import { encodeTree } from "../repository/tree.ts";
import { type Evidence, recognise } from "./known-entry.ts";
import { join, type ListedEntry, listFolder } from "./listing.ts";
import { parentNodes } from "./parent-nodes.ts";
import { IGNORE_FILE, type Selection } from "./patterns.ts";
import { breathe, type SaveContext } from "./save-context.ts";
import { type Entry, missing, saveEntry } from "./save-entry.ts";
import { nodeOf } from "./stat-node.ts";

/** A folder to be saved. */
export interface Folder {
  readonly absolute: ByteString;
  /** Relative to the state folder; '' for that itself. */
  readonly relative: ByteString;
  readonly depth: number;
  /** Its tree in the parent snapshot. */
  readonly parentTree: Id | null;
  readonly selection: Selection;
  readonly evidence: Evidence;
}

/** Deeper than any path that the system takes in one piece. */
const MAX_DEPTH = 4096;

/**
 * Saves what a folder holds and gives its tree; `null` when nothing of it was asked for.
 *
 * @throws the error of the file system when the folder cannot be listed
 */
export async function saveFolder(context: SaveContext, folder: Folder): Promise<Id | null> {
  if (folder.depth > MAX_DEPTH) {
    throw new HoldfastError({ code: "CONFIG", message: `folders are nested more than ${MAX_DEPTH} deep` });
  }
  const listing = context.ahead?.take(folder.absolute) ?? listFolder(folder.absolute, context.longPaths);
  const parents = await parentNodes(context, folder.parentTree);
  const selection = listing.some(({ name }) => name === IGNORE_FILE)
    ? folder.selection.below(folder.relative, context.longPaths.reach(folder.absolute))
    : folder.selection;
  const nodes: Node[] = [];
  for (const entry of listing) {
    const node = await saveChild(context, { ...folder, selection }, entry, parents?.get(entry.name));
    if (node !== null) nodes.push(node);
    if (context.writer.full) await context.writer.settle();
  }
  await breathe(context);
  if (nodes.length === 0 && selection.isPartial) return null;
  // Encoding is most of the work where nothing changed; the same nodes are the same tree.
  const isSame = parents?.size === nodes.length && nodes.every((node) => parents.get(node.name) === node);
  return isSame && folder.parentTree !== null
    ? folder.parentTree
    : context.writer.add("tree", encodeTree(nodes));
}

async function saveChild(
  context: SaveContext,
  folder: Folder,
  { name, stats: known }: ListedEntry,
  parent: Node | undefined,
): Promise<Node | null> {
  const absolute = join(folder.absolute, name);
  const relative = join(folder.relative, name);
  const path = context.longPaths.reach(absolute);
  let stats: BigIntStats;
  try {
    stats = known ?? lstatSync(toPath(path), { bigint: true });
  } catch (error) {
    return await missing(context, { relative, parent }, error);
  }
  const isFolder = stats.isDirectory();
  if (folder.selection.excludes(relative, isFolder) || context.skip.has(absolute)) return null;
  const entry: Entry = { name, path, relative, stats, parent };
  if (isFolder)
    return saveChildFolder(context, { ...folder, absolute, relative, depth: folder.depth + 1 }, entry);
  return folder.selection.includes(relative) ? saveEntry(context, entry, folder.evidence) : null;
}

async function saveChildFolder(context: SaveContext, folder: Folder, entry: Entry): Promise<Node | null> {
  const { parent, stats, relative } = entry;
  try {
    const subtree = await saveFolder(context, { ...folder, parentTree: parent?.subtree ?? null });
    return subtree === null ? null : folderNode(context, folder, entry, subtree);
  } catch (error) {
    return await missing(context, { relative, parent }, error);
  } finally {
    if (parent?.type !== "dir") context.counts.foldersNew += 1;
    else if (parent.mtimeNs !== stats.mtimeNs) context.counts.foldersChanged += 1;
    else context.counts.foldersUnchanged += 1;
  }
}

/** The node of a folder: the parent's own when nothing about it changed. */
function folderNode(context: SaveContext, folder: Folder, entry: Entry, subtree: Id): Node {
  const { name, stats, relative, parent } = entry;
  const isKnown = recognise(parent, relative, stats, folder.evidence) !== "unknown";
  if (isKnown && parent?.subtree === subtree) return parent;
  return newFolderNode(name, context.longPaths.reach(folder.absolute), stats, subtree);
}

/** The node of a folder as it is now. */
export function newFolderNode(name: ByteString, path: ByteString, stats: BigIntStats, subtree: Id): Node {
  return { ...nodeOf(name, path, stats), subtree, extendedAttributes: listExtendedAttributes(path) };
}
