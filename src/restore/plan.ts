import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import type { Node, NodeType } from "../repository/node.ts";
import type { TreeReader } from "../repository/tree-reader.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import { STAGING_PREFIX } from "./staging-name.ts";

/** Something to make, and where: relative to what is restored, '' for that itself. */
export interface PlannedEntry {
  readonly path: ByteString;
  readonly metadata: Metadata;
}

/** A regular file. */
export interface PlannedFile extends PlannedEntry {
  /** Its data blobs, in order. */
  readonly content: readonly Id[];
}

/** A further name of a file that is restored under its first one. */
export interface PlannedHardLink {
  readonly path: ByteString;
  readonly original: ByteString;
}

/** A symbolic link, which may point anywhere or nowhere. */
export interface PlannedSymbolicLink extends PlannedEntry {
  readonly target: ByteString;
}

/** What is left out, because it means nothing in another place (sockets) or must not come from data (devices). */
export interface SkippedEntry {
  readonly path: ByteString;
  readonly type: NodeType;
}

/** Everything below one node of a snapshot, by what has to be done for it. */
export interface RestorePlan {
  /** A folder comes before what is in it. */
  readonly folders: PlannedEntry[];
  readonly files: PlannedFile[];
  readonly hardLinks: PlannedHardLink[];
  readonly symbolicLinks: PlannedSymbolicLink[];
  readonly fifos: PlannedEntry[];
  readonly skipped: SkippedEntry[];
}

/** More than any state has, and less than would hurt. */
export interface PlanLimits {
  /** Folders in folders. */
  readonly maxDepth: number;
  /** A tree may stand in many places, so that a few small blobs could unfold without end. */
  readonly maxEntries: number;
}

const LIMITS: PlanLimits = { maxDepth: 4096, maxEntries: 2_000_000 };
const PARALLEL_TREES = 64;

interface FolderToRead {
  readonly path: ByteString;
  readonly tree: Id;
}

/**
 * Reads all trees below a node and decides what to do with each entry. Writes nothing.
 *
 * @throws {HoldfastError} `UNSAFE_PATH` when a name could lead out of its folder, stands there twice,
 *   or when the tree is too deep or too large; `DATA_DAMAGED` for a tree that cannot be read; and
 *   what the store throws
 */
export async function planRestore(
  trees: TreeReader,
  root: Node,
  limits: PlanLimits = LIMITS,
): Promise<RestorePlan> {
  const { maxDepth, maxEntries } = limits;
  const planning: Planning = { plan: emptyPlan(), firstLinks: new Map(), entriesLeft: maxEntries };
  let level = addEntry(planning, "" as ByteString, root);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw unsafe(`the snapshot holds folders more than ${maxDepth} deep`);
    const next: FolderToRead[] = [];
    for (let start = 0; start < level.length; start += PARALLEL_TREES) {
      const part = level.slice(start, start + PARALLEL_TREES);
      const contents = await Promise.all(part.map(({ tree }) => trees.read(tree)));
      for (const [i, { path }] of part.entries()) next.push(...addFolder(planning, path, contents[i] ?? []));
      if (planning.entriesLeft < 0) throw unsafe(`the snapshot holds more than ${maxEntries} entries`);
    }
    level = next;
  }
  return planning.plan;
}

interface Planning {
  readonly plan: RestorePlan;
  /** The first name of each file that has several, by device and inode. */
  readonly firstLinks: Map<string, PlannedFile>;
  entriesLeft: number;
}

/** A plan to do nothing. */
export function emptyPlan(): RestorePlan {
  return { folders: [], files: [], hardLinks: [], symbolicLinks: [], fifos: [], skipped: [] };
}

/** Takes up the entries of a folder; gives the folders among them. */
function addFolder(planning: Planning, folder: ByteString, nodes: readonly Node[]): FolderToRead[] {
  planning.entriesLeft -= nodes.length;
  const names = new Set<ByteString>();
  return nodes.flatMap((node) => {
    checkName(folder, node.name);
    if (names.has(node.name)) throw unsafe(`the snapshot holds two entries ${quote(folder, node.name)}`);
    names.add(node.name);
    // our own unfinished work that somebody saved; in the way of what recovers such work
    if (folder === "" && node.name.startsWith(STAGING_PREFIX)) return [];
    return addEntry(planning, joinPath(folder, node.name), node);
  });
}

/** Takes up one entry; gives it back when it is a folder. */
function addEntry(planning: Planning, path: ByteString, node: Node): FolderToRead[] {
  const { plan } = planning;
  switch (node.type) {
    case "dir":
      if (node.subtree === null) throw damaged(path, "is a folder without a tree");
      plan.folders.push({ path, metadata: metadataOf(node) });
      return [{ path, tree: node.subtree }];
    case "file":
      addFile(planning, path, node);
      break;
    case "symlink":
      plan.symbolicLinks.push({ path, metadata: metadataOf(node), target: linkTargetOf(path, node) });
      break;
    case "fifo":
      plan.fifos.push({ path, metadata: metadataOf(node) });
      break;
    case "dev":
    case "chardev":
    case "socket":
    case "irregular":
      plan.skipped.push({ path, type: node.type });
  }
  return [];
}

/** Two names are one file only when the snapshot gives them the same content: it may have changed between two looks. */
function addFile({ plan, firstLinks }: Planning, path: ByteString, node: Node): void {
  const file: PlannedFile = { path, metadata: metadataOf(node), content: node.content ?? [] };
  const key = node.links > 1 && node.inode !== 0n ? `${node.deviceId}:${node.inode}` : null;
  const first = key === null ? undefined : firstLinks.get(key);
  if (first !== undefined && hasSameContent(first, file)) {
    plan.hardLinks.push({ path, original: first.path });
    return;
  }
  plan.files.push(file);
  if (key !== null && first === undefined) firstLinks.set(key, file);
}

function hasSameContent({ content: left }: PlannedFile, { content: right }: PlannedFile): boolean {
  return left.length === right.length && left.every((id, position) => id === right[position]);
}

function checkName(folder: ByteString, name: ByteString): void {
  if (name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)) return;
  throw unsafe(`the snapshot holds a name that leads elsewhere: ${quote(folder, name)}`);
}

function linkTargetOf(path: ByteString, { linkTarget }: Node): ByteString {
  if (linkTarget !== null && linkTarget !== "" && !linkTarget.includes("\0")) return linkTarget;
  throw damaged(path, "is a symbolic link without a target");
}

function unsafe(message: string): HoldfastError {
  return new HoldfastError({
    code: "UNSAFE_PATH",
    message,
    hint: "nothing was written; do not trust this repository",
  });
}

function damaged(path: ByteString, problem: string): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message: `'${toText(path)}' ${problem}` });
}

/** Quoted and with control characters shown: the name is a stranger's. */
function quote(folder: ByteString, name: ByteString): string {
  return JSON.stringify(toText(joinPath(folder, name)).slice(-200));
}
