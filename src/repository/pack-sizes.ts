import type { CallOptions } from "../stores/store.ts";
import { type Id, isId } from "./ids.ts";
import { baseName, PACKS } from "./layout.ts";
import { headerBytes, type PackedBlob } from "./pack.ts";
import type { Repository } from "./repository.ts";

/** The packs that are in the store, and how many bytes each has. */
export async function listPackSizes(
  repository: Repository,
  options: CallOptions = {},
): Promise<ReadonlyMap<Id, number>> {
  const sizes = new Map<Id, number>();
  for await (const { name, sizeBytes } of repository.store.list(PACKS, { signal: options.signal })) {
    const id = baseName(name);
    if (isId(id)) sizes.set(id, sizeBytes);
  }
  return sizes;
}

/** How many bytes a pack with these blobs must have, from the format alone. */
export function packFileBytes(blobs: readonly PackedBlob[]): number {
  const uncompressed = blobs.filter(({ uncompressedLength }) => uncompressedLength === null).length;
  return sumOfLengths(blobs) + headerBytes(blobs.length) - 4 * uncompressed;
}

/** Bytes of blobs as they stand in packs. */
export function sumOfLengths(blobs: readonly PackedBlob[]): number {
  return blobs.reduce((sum, { length }) => sum + length, 0);
}
