import type { BigIntStats } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { ByteString } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { listExtendedAttributes } from "../base/system.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import { encodeTree } from "../repository/tree.ts";
import type { HeldEntry, ViewedEntry, ViewedFolder } from "./folder-view.ts";
import { type Evidence, recognise } from "./known-entry.ts";
import { join } from "./listing.ts";
import { parentNodes } from "./parent-nodes.ts";
import { breathe, type SaveContext } from "./save-context.ts";
import { type Entry, missing, saveEntry } from "./save-entry.ts";
import { nodeOf } from "./stat-node.ts";

/** A folder to be saved. */
export interface Folder extends ViewedFolder {
  readonly depth: number;
  /** Its tree in the parent snapshot. */
  readonly parentTree: Id | null;
  readonly evidence: Evidence;
}

/** Deeper than any path that the system takes in one piece. */
export const MAX_DEPTH = 4096;

/**
 * Saves what a folder holds and gives its tree; `null` when nothing of it was asked for.
 *
 * @throws the error of the file system when the folder cannot be listed
 */
export async function saveFolder(context: SaveContext, folder: Folder): Promise<Id | null> {
  if (folder.depth > MAX_DEPTH) {
    throw new HoldfastError({ code: "CONFIG", message: `folders are nested more than ${MAX_DEPTH} deep` });
  }
  const { entries, selection } = context.view.list(folder);
  const parents = await parentNodes(context, folder.parentTree);
  const nodes: Node[] = [];
  for (const entry of entries) {
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
  { name, stats, held, failure }: ViewedEntry,
  parent: Node | undefined,
): Promise<Node | null> {
  const absolute = join(folder.absolute, name);
  const relative = join(folder.relative, name);
  if (stats === null) return await missing(context, { relative, parent }, failure);
  const entry: Entry = { name, path: context.longPaths.reach(absolute), relative, stats, parent, held };
  return stats.isDirectory()
    ? saveChildFolder(context, { ...folder, absolute, relative, depth: folder.depth + 1 }, entry)
    : saveEntry(context, entry, folder.evidence);
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
  const { name, stats, relative, parent, held } = entry;
  const isKnown = recognise(parent, relative, stats, folder.evidence) !== "unknown";
  if (isKnown && parent?.subtree === subtree) return parent;
  return newFolderNode(
    { name, path: context.longPaths.reach(folder.absolute), parent },
    { stats, held },
    subtree,
  );
}

/**
 * The node of a folder, with what was kept of it, or else as it is now. Where only its inode and the time of
 * its last change differ, which say nothing of a folder, it is the parent's own: the tree stays the same.
 */
export function newFolderNode(
  {
    name,
    path,
    parent,
  }: { readonly name: ByteString; readonly path: ByteString; readonly parent: Node | undefined },
  { stats, held }: { readonly stats: BigIntStats; readonly held: HeldEntry | null },
  subtree: Id,
): Node {
  const extendedAttributes = held?.extendedAttributes ?? listExtendedAttributes(path);
  const node: Node = { ...nodeOf(name, path, stats), subtree, extendedAttributes };
  if (parent === undefined) return node;
  const { ctimeNs, atimeNs, inode, deviceId, links } = parent;
  return isDeepStrictEqual({ ...node, ctimeNs, atimeNs, inode, deviceId, links }, parent) ? parent : node;
}
