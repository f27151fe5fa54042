import { HoldfastError } from "../base/errors.ts";
import type { CallOptions } from "../stores/store.ts";
import { type BlobType, openBlob } from "./blob.ts";
import { type Id, shortId } from "./ids.ts";
import { indexUnlistedPacks } from "./index-files.ts";
import { listField, parseObject } from "./json.ts";
import type { Node } from "./node.ts";
import { decodeNode, encodeNode, protectLargeNumbers } from "./node-json.ts";
import type { BlobPlace } from "./blob-index.ts";
import { readPack } from "./read-pack.ts";
import type { Repository } from "./repository.ts";

/** A tree as restic writes it; `nodes` must be sorted by name, and every name is there once. */
export function encodeTree(nodes: readonly Node[]): Buffer {
  return Buffer.from(`{"nodes":[${nodes.map(encodeNode).join(",")}]}\n`);
}

/**
 * The entries of a tree.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not a tree
 */
export function decodeTree(bytes: Uint8Array): readonly Node[] {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return listField(parseObject(protectLargeNumbers(json), "a tree"), "nodes").map(decodeNode);
}

/**
 * Reads a tree blob.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is missing or damaged, and what the store throws
 */
export async function readTree(
  repository: Repository,
  id: Id,
  options: CallOptions = {},
): Promise<readonly Node[]> {
  return decodeTree(await readBlob(repository, "tree", id, options));
}

/**
 * Reads one blob and checks it.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is missing or damaged, and what the store throws
 */
export async function readBlob(
  repository: Repository,
  type: BlobType,
  id: Id,
  options: CallOptions = {},
): Promise<Buffer> {
  const { pack, offset, length, uncompressedLength } = await locateBlob(repository, type, id, options);
  const sealed = await readPack(repository, pack, { offset, length }, options);
  return openBlob(repository.keys, sealed, uncompressedLength, id);
}

/**
 * Where a blob is. When no index lists it, the headers of the packs that no index lists are read.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is nowhere, and what the store throws
 */
export async function locateBlob(
  repository: Repository,
  type: BlobType,
  id: Id,
  options: CallOptions = {},
): Promise<BlobPlace> {
  const place = repository.index.find(type, id);
  if (place !== null) return place;
  await indexUnlistedPacks(repository, options);
  const found = repository.index.find(type, id);
  if (found !== null) return found;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the repository has lost the ${type} blob ${shortId(id)}`,
    hint: "holdfast check tells which snapshots are whole",
  });
}
