import { type BigIntStats, lstatSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type ByteString, fromText, toPath } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import { encodeTree } from "../repository/tree.ts";
import { parentNodes } from "./parent-nodes.ts";
import type { SaveContext } from "./save-context.ts";
import { nodeOf } from "./stat-node.ts";

/** A state folder: what it is called, and where it really is. */
export interface StateFolder {
  /** Absolute, as the user named it; a snapshot knows it by this. */
  readonly path: string;
  /** The same without symbolic links. */
  readonly real: ByteString;
  readonly stats: BigIntStats;
}

/**
 * Looks at the folders to save. Those inside another one are part of it and left out.
 *
 * @throws {HoldfastError} `CONFIG` when one is missing or is no folder, or when one inside another is
 *   reached by a link that leads out of it: there it is saved as a link, without its content
 */
export function findStateFolders(folders: readonly string[]): StateFolder[] {
  const found = [...new Set(folders.map((folder) => resolve(folder)))].sort().map(findStateFolder);
  const outer = found.filter(
    ({ path }) => !found.some((other) => other.path !== path && isInside(path, other.path)),
  );
  for (const { path, real } of found) {
    const holders = outer.filter((each) => each.path === path || isInside(path, each.path));
    if (holders.every((each) => each.real !== real && !isInside(real, each.real))) throw leadsOut(path);
  }
  return outer;
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function leadsOut(path: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the state folder ${path} is inside another one, but a symbolic link leads out of that`,
    hint: "name the folder that the link leads to instead",
  });
}

function findStateFolder(path: string): StateFolder {
  try {
    const stats = statSync(path, { bigint: true });
    if (stats.isDirectory()) return { path, real: fromText(realpathSync(path)), stats };
  } catch (cause) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the state folder ${path} cannot be found (${(cause as NodeJS.ErrnoException).code ?? "error"})`,
      hint: "name the folder that your app keeps its data in with --state or HOLDFAST_STATE",
      cause,
    });
  }
  throw new HoldfastError({
    code: "CONFIG",
    message: `the state ${path} is not a folder`,
    hint: "name the folder that your app keeps its data in with --state or HOLDFAST_STATE",
  });
}

/** Saved folders by the components of their paths. */
interface Branch {
  readonly branches: Map<string, Branch>;
  /** What a state folder itself became. */
  leaf: Node | null;
}

/** A state folder's node in the new snapshot; for '/', whose content is the root tree, only its subtree counts. */
export interface SavedFolder {
  readonly path: string;
  readonly node: Node;
}

/**
 * The root tree of a snapshot: the components of the paths as nested folders. Folders above the state
 * are not state: as long as the parent snapshot has them, they stay as they are there.
 */
export async function saveRootTree(
  context: SaveContext,
  saved: readonly SavedFolder[],
  parentTree: Id | null,
): Promise<Id> {
  const root: Branch = { branches: new Map(), leaf: null };
  for (const { path, node } of saved) plant(root, components(path), node);
  return root.leaf?.subtree ?? (await saveBranch(context, root, "", parentTree));
}

/** The names on the way from the root to a path. */
export function components(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function plant(root: Branch, names: readonly string[], leaf: Node): void {
  let branch = root;
  for (const name of names) {
    const next = branch.branches.get(name) ?? { branches: new Map<string, Branch>(), leaf: null };
    branch.branches.set(name, next);
    branch = next;
  }
  branch.leaf = leaf;
}

async function saveBranch(
  context: SaveContext,
  branch: Branch,
  path: string,
  parentTree: Id | null,
): Promise<Id> {
  const parents = await parentNodes(context, parentTree);
  const nodes: Node[] = [];
  for (const [text, child] of branch.branches) {
    const name = fromText(text);
    const known = parents?.get(name);
    const parent = known?.type === "dir" ? known : undefined;
    nodes.push(child.leaf ?? (await ancestorNode(context, child, { name, path: `${path}/${text}`, parent })));
  }
  nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
  return context.writer.add("tree", encodeTree(nodes));
}

async function ancestorNode(
  context: SaveContext,
  branch: Branch,
  {
    name,
    path,
    parent,
  }: { readonly name: ByteString; readonly path: string; readonly parent: Node | undefined },
): Promise<Node> {
  const subtree = await saveBranch(context, branch, path, parent?.subtree ?? null);
  if (parent !== undefined) return { ...parent, subtree };
  const absolute = fromText(path);
  const stats = lstatSync(toPath(absolute), { bigint: true });
  // An ancestor that is a link is a folder here, because the state lies below it.
  const followed = stats.isSymbolicLink() ? statSync(toPath(absolute), { bigint: true }) : stats;
  return { ...nodeOf(name, absolute, followed), subtree };
}
