import { joinPath } from "../base/byte-path.ts";
import type { ByteString } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import type { TreeReader } from "../repository/tree-reader.ts";

/** More entries than this are no state but an attack: trees can name each other to any number. */
const MAX_ENTRIES = 20_000_000;

/** An entry of a snapshot and where it is. */
export interface TreeEntry {
  /** Absolute. */
  readonly path: ByteString;
  readonly node: Node;
}

/**
 * All that is below a tree, a folder before its content.
 *
 * @param folder the path of the tree
 * @param recursive also what is in the folders
 */
export async function* entriesBelow(
  trees: TreeReader,
  tree: Id,
  folder: ByteString,
  recursive: boolean,
): AsyncGenerator<TreeEntry> {
  let count = 0;
  const open = [{ folder, nodes: (await trees.read(tree)).values() }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const next = level.nodes.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    if (++count > MAX_ENTRIES) throw tooMany();
    const node = next.value;
    const path = joinPath(level.folder, node.name);
    yield { path, node };
    if (recursive && node.subtree !== null) {
      open.push({ folder: path, nodes: (await trees.read(node.subtree)).values() });
    }
  }
}

/**
 * The entry at a path below a tree.
 *
 * @param names the names on the way, at least one
 * @returns `null` when there is none
 */
export async function findEntry(
  trees: TreeReader,
  root: Id,
  names: readonly ByteString[],
): Promise<Node | null> {
  let tree: Id | null = root;
  let found: Node | null = null;
  for (const name of names) {
    if (tree === null) return null;
    const nodes: readonly Node[] = await trees.read(tree);
    found = nodes.find((node) => node.name === name) ?? null;
    tree = found?.subtree ?? null;
  }
  return found;
}

function tooMany(): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the snapshot holds more than ${MAX_ENTRIES} entries`,
    hint: "it was not made by an honest program; take another one",
  });
}
