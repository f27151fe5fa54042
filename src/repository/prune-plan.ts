import type { BlobIndex } from "./blob-index.ts";
import type { Id } from "./ids.ts";
import type { IndexedPack } from "./index-json.ts";
import type { PackedBlob } from "./pack.ts";
import { sumOfLengths } from "./pack-sizes.ts";
import type { BlobSet } from "./walk-trees.ts";

/** A pack and what of it is needed; sizes in bytes. */
export interface WeighedPack extends IndexedPack {
  readonly used: readonly PackedBlob[];
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

/** What becomes of each pack. */
export interface PrunePlan {
  readonly keep: readonly WeighedPack[];
  /** Partly used, or small: what is used of them goes to new packs. */
  readonly repack: readonly WeighedPack[];
  readonly remove: readonly WeighedPack[];
}

/** A pack below this is small: every save of a few changes leaves one or two. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** So many small packs are put together; fewer are not worth the traffic. */
const MANY_SMALL = 16;

/**
 * Decides what to do with each pack. Partly used ones are repacked, the emptiest first, until no more
 * than `maxUnused` (a fraction of what is used) would be left of unused bytes.
 */
export function planPrune(
  packs: Iterable<IndexedPack>,
  index: BlobIndex,
  used: BlobSet,
  maxUnused: number,
): PrunePlan {
  const weighed = [...packs].map((pack) => weigh(pack, index, used));
  const needed = weighed.filter(({ usedBytes }) => usedBytes > 0);
  const budgetBytes = maxUnused * needed.reduce((sum, pack) => sum + pack.usedBytes, 0);
  const repack = new Set<WeighedPack>();
  let unusedBytes = needed.reduce((sum, pack) => sum + pack.sizeBytes - pack.usedBytes, 0);
  for (const pack of needed.toSorted((a, b) => a.usedBytes / a.sizeBytes - b.usedBytes / b.sizeBytes)) {
    if (unusedBytes <= budgetBytes || pack.usedBytes === pack.sizeBytes) break;
    repack.add(pack);
    unusedBytes -= pack.sizeBytes - pack.usedBytes;
  }
  const small = needed.filter(({ sizeBytes }) => sizeBytes < SMALL_BYTES);
  if (small.length >= MANY_SMALL) for (const pack of small) repack.add(pack);
  return {
    keep: needed.filter((pack) => !repack.has(pack)),
    repack: [...repack],
    remove: weighed.filter(({ usedBytes }) => usedBytes === 0),
  };
}

function weigh(pack: IndexedPack, index: BlobIndex, used: BlobSet): WeighedPack {
  const isUsed = ({ type, id }: PackedBlob): boolean =>
    // Of a blob that is stored twice only the place that the index gives is needed.
    used[type].has(id) && index.find(type, id)?.pack === pack.id;
  const needed = pack.blobs.filter(isUsed);
  return { ...pack, used: needed, sizeBytes: sumOfLengths(pack.blobs), usedBytes: sumOfLengths(needed) };
}

/** Ids of packs. */
export function idsOf(packs: readonly IndexedPack[]): Id[] {
  return packs.map(({ id }) => id);
}
