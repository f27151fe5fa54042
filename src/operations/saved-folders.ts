import { basename } from "node:path";
import { type ByteString, fromText } from "../base/byte-string.ts";
import { GO_MODE, newNode, type Node } from "../repository/node.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import type { TreeReader } from "../repository/tree-reader.ts";

/** One of the folders (or files) that a snapshot holds. */
export interface SavedFolder {
  /** Absolute, where it was when it was saved. */
  readonly path: string;
  readonly node: Node;
}

/**
 * The folders that a snapshot holds, where its tree has them.
 *
 * The root tree holds the components of the paths as nested folders. restic, run with relative
 * arguments, leaves the first ones out, so that any tails of the paths are looked for that account for
 * everything in the tree; run on `.`, it leaves all of them out, and the tree is the content itself.
 *
 * @returns `null` when the tree is laid out in none of these ways
 * @throws {HoldfastError} `DATA_DAMAGED`, and what the store throws
 */
export async function savedFolders(trees: TreeReader, snapshot: Snapshot): Promise<SavedFolder[] | null> {
  const components = snapshot.paths.map((path) => path.split("/").filter((part) => part !== ""));
  const shortest = Math.min(...components.map(({ length }) => length));
  const wholeTree = wholeTreeNode(snapshot);
  for (let dropped = 0; dropped < Math.max(shortest, 1); dropped++) {
    const root = branchOf(snapshot.paths, components, dropped);
    const found = await follow(trees, root, wholeTree);
    if (found !== null) return found;
  }
  const [path] = snapshot.paths;
  return path !== undefined && snapshot.paths.length === 1 ? [{ path, node: wholeTree }] : null;
}

/** The root tree as a folder; nothing is known of its mode and times. */
export function wholeTreeNode({ tree, timeNs, paths }: Snapshot): Node {
  const name = fromText(basename(paths[0] ?? ""));
  return { ...newNode(name, timeNs), type: "dir", mode: GO_MODE.dir + 0o755, subtree: tree };
}

/** The paths by their components. */
interface Branch {
  /** The path that ends here. */
  path: string | null;
  readonly below: Map<ByteString, Branch>;
}

function branchOf(paths: readonly string[], components: readonly string[][], dropped: number): Branch {
  const root: Branch = { path: null, below: new Map() };
  for (const [index, names] of components.entries()) {
    let branch = root;
    for (const name of names.slice(dropped).map(fromText)) {
      const next = branch.below.get(name) ?? { path: null, below: new Map<ByteString, Branch>() };
      branch.below.set(name, next);
      branch = next;
    }
    branch.path = paths[index] ?? null;
  }
  return root;
}

/** `null` unless the tree has every path, and above them nothing else. */
async function follow(trees: TreeReader, branch: Branch, node: Node): Promise<SavedFolder[] | null> {
  if (branch.path !== null) return [{ path: branch.path, node }];
  if (node.subtree === null) return null;
  const nodes = await trees.read(node.subtree);
  if (nodes.length !== branch.below.size) return null;
  const folders: SavedFolder[] = [];
  for (const child of nodes) {
    const next = branch.below.get(child.name);
    const found = next === undefined ? null : await follow(trees, next, child);
    if (found === null) return null;
    folders.push(...found);
  }
  return folders;
}
