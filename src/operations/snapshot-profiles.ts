import { posix } from "node:path";
import { toText } from "../base/byte-string.ts";
import { MAX_TEXT_BYTES, type ProfileTree, type TreeEntry } from "../browser/profile-tree.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import type { TreeReader } from "../repository/tree-reader.ts";
import { readBlob } from "../repository/tree.ts";
import type { CallOptions } from "../stores/store.ts";

/**
 * A saved folder as a place where profiles are looked for. Only what was listed can be read or entered.
 *
 * @throws (its methods) {HoldfastError} `DATA_DAMAGED`, and what the store throws
 */
export function snapshotTree(
  repository: Repository,
  trees: TreeReader,
  root: Id,
  options: CallOptions,
): ProfileTree {
  const folders = new Map<string, Id>([["", root]]);
  const files = new Map<string, Node>();
  return {
    async list(folder) {
      const tree = folders.get(folder);
      if (tree === undefined) return [];
      return (await trees.read(tree)).map((node): TreeEntry => {
        const name = toText(node.name);
        const path = posix.join(folder, name);
        if (node.subtree !== null) folders.set(path, node.subtree);
        if (node.type !== "file") return { name, kind: node.subtree === null ? "other" : "folder" };
        files.set(path, node);
        return { name, kind: "file" };
      });
    },
    async read(path) {
      const node = files.get(path);
      if (node === undefined || node.size > MAX_TEXT_BYTES) return null;
      const parts: Buffer[] = [];
      for (const id of node.content ?? []) parts.push(await readBlob(repository, "data", id, options));
      return Buffer.concat(parts).toString("utf8");
    },
    size: (path) => files.get(path)?.size ?? 0,
  };
}
