import type { ByteString } from "../base/byte-string.ts";
import { isHoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import type { SaveContext } from "./save-context.ts";

/**
 * What the parent snapshot has in a folder, by name; `null` where it has no such folder, or its tree
 * cannot be read: a damaged parent must not stop a save, which then reads everything.
 *
 * @throws what the store throws
 */
export async function parentNodes(
  { parentTrees }: SaveContext,
  tree: Id | null,
): Promise<ReadonlyMap<ByteString, Node> | null> {
  if (tree === null) return null;
  try {
    return new Map((await parentTrees.read(tree)).map((node) => [node.name, node]));
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) return null;
    throw error;
  }
}
