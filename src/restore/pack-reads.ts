import type { BlobPlace } from "../repository/blob-index.ts";
import type { Id } from "../repository/ids.ts";

/** A blob that is wanted, and where it is. */
export interface PlacedBlob {
  readonly id: Id;
  readonly place: BlobPlace;
}

/** One request: a range of a pack, in bytes, and the wanted blobs in it. */
export interface PackRead<Blob extends PlacedBlob> {
  readonly pack: Id;
  readonly offset: number;
  readonly length: number;
  readonly blobs: readonly Blob[];
}

/** How ranges are drawn. */
export interface ReadLimits {
  /** A range ends before it would get longer; one blob alone may be. */
  readonly maxBytes: number;
  /** Unwanted bytes between two blobs that are read too, rather than asking twice. */
  readonly maxGapBytes: number;
}

/** Draws the ranges that hold all blobs, pack by pack in the order of first mention. */
export function planReads<Blob extends PlacedBlob>(
  blobs: Iterable<Blob>,
  limits: ReadLimits,
): PackRead<Blob>[] {
  const packs = new Map<Id, Blob[]>();
  for (const blob of blobs) {
    const group = packs.get(blob.place.pack);
    if (group === undefined) packs.set(blob.place.pack, [blob]);
    else group.push(blob);
  }
  return [...packs].flatMap(([pack, group]) => rangesOf(pack, group, limits));
}

function rangesOf<Blob extends PlacedBlob>(pack: Id, blobs: Blob[], limits: ReadLimits): PackRead<Blob>[] {
  const ranges: { pack: Id; offset: number; length: number; blobs: Blob[] }[] = [];
  for (const blob of blobs.sort((a, b) => a.place.offset - b.place.offset)) {
    const { offset, length } = blob.place;
    const last = ranges.at(-1);
    const end = last === undefined ? 0 : last.offset + last.length;
    const joined = last === undefined ? 0 : Math.max(end, offset + length) - last.offset;
    if (last !== undefined && offset - end <= limits.maxGapBytes && joined <= limits.maxBytes) {
      last.blobs.push(blob);
      last.length = joined;
    } else {
      ranges.push({ pack, offset, length, blobs: [blob] });
    }
  }
  return ranges;
}
