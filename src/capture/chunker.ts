import { createHash } from "node:crypto";
import { Hasher } from "gearhash-jit";

/** No chunk but a file's last is smaller. */
export const MIN_CHUNK_BYTES: number = 64 * 1024;
/** No chunk is larger. */
export const MAX_CHUNK_BYTES: number = 1024 * 1024;
/** 2^17: chunks are 192 KiB on average. */
const MASK_BITS = 17;
/** The rolling hash sees the last 64 bytes; it is warmed up by those before the first possible cut. */
const WINDOW_BYTES = 64;
/** The hasher copies what it looks at, so it is not shown much more than it needs for a match. */
const PIECE_BYTES = 64 * 1024;

/** "SQLite format 3\0" (SQLite "Database File Format", section 1.3.1). */
const SQLITE_MAGIC = Buffer.from("SQLite format 3\0", "latin1");
/** Where the header of a database says how large its pages are. */
const PAGE_SIZE_OFFSET = 16;
/** Pages of a database are taken together up to this: a changed row costs one such chunk and the first page. */
const SQLITE_CHUNK_BYTES = 32 * 1024;

/**
 * Says how many of the first bytes of `bytes` make the next chunk, when `position` bytes of the file
 * come before. `bytes` holds at least `MAX_CHUNK_BYTES`, or all that is left of the file, and is not empty.
 */
export type Cut = (bytes: Uint8Array, position: number) => number;

/**
 * Cuts where the content says so, so that an insertion changes only the chunks around it: a Gear
 * rolling hash (W. Xia et al., "Ddelta", section 3.2).
 *
 * @param secret makes the cuts differ between repositories, so that sizes tell less of what is in them
 */
export function contentDefinedCut(secret: string): Cut {
  const hasher = new Hasher(maskOf(secret));
  return (bytes) => {
    if (bytes.byteLength <= MIN_CHUNK_BYTES) return bytes.byteLength;
    const end = Math.min(bytes.byteLength, MAX_CHUNK_BYTES);
    warmUp(hasher, bytes.subarray(MIN_CHUNK_BYTES - WINDOW_BYTES, MIN_CHUNK_BYTES));
    for (let start = MIN_CHUNK_BYTES; start < end; start += PIECE_BYTES) {
      const match = hasher.nextMatch(bytes.subarray(start, Math.min(start + PIECE_BYTES, end)));
      if (match !== -1) return start + match;
    }
    return end;
  };
}

/** The hash of the bytes before the first possible cut; a match among them is none. */
function warmUp(hasher: Hasher, window: Uint8Array): void {
  hasher.resetHash();
  for (let start = 0, match = 0; match !== -1; start += match)
    match = hasher.nextMatch(window.subarray(start));
}

/** A mask of 17 bits among the upper 32 of the hash: those depend on 32 bytes and more. */
function maskOf(secret: string): bigint {
  const random = createHash("sha256").update(`chunk boundaries ${secret}`).digest();
  const bits = [...random].map((byte) => byte % 32);
  const free = Array.from({ length: 32 }, (_, bit) => bit);
  let mask = 0n;
  for (const bit of bits.slice(0, MASK_BITS))
    mask |= 1n << BigInt(32 + (free.splice(bit % free.length, 1)[0] ?? 0));
  return mask;
}

/**
 * How to cut a file whose first bytes are `head`: an SQLite database at multiples of its page size, with
 * the first page by itself because every write changes it; everything else by content.
 */
export function cutFor(head: Uint8Array, byContent: Cut): Cut {
  const pageBytes = sqlitePageBytes(head);
  if (pageBytes === null) return byContent;
  const groupBytes = Math.max(pageBytes, SQLITE_CHUNK_BYTES);
  return (bytes, position) => {
    const wanted = position === 0 ? pageBytes : groupBytes - ((position - pageBytes) % groupBytes);
    return Math.min(wanted, bytes.byteLength);
  };
}

/** The page size of an SQLite database in bytes, or `null` when it is none. */
export function sqlitePageBytes(head: Uint8Array): number | null {
  if (head.byteLength < PAGE_SIZE_OFFSET + 2) return null;
  if (SQLITE_MAGIC.compare(head, 0, SQLITE_MAGIC.byteLength) !== 0) return null;
  const stored = ((head[PAGE_SIZE_OFFSET] ?? 0) << 8) | (head[PAGE_SIZE_OFFSET + 1] ?? 0);
  const pageBytes = stored === 1 ? 65_536 : stored;
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  return pageBytes >= 512 && isPowerOfTwo ? pageBytes : null;
}
