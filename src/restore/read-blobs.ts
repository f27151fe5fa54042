import { mapParallel } from "../base/parallel.ts";
import { readPack } from "../repository/read-pack.ts";
import type { Repository } from "../repository/repository.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import type { CallOptions } from "../stores/store.ts";
import { ByteBudget } from "../base/byte-budget.ts";
import { type PackRead, type PlacedBlob, planReads } from "./pack-reads.ts";

/** A request is at most so large… */
const MAX_READ_BYTES = 2 * 1024 * 1024;
/** … and smaller when there is little to read, so that this many are under way together… */
const READS_WANTED = 8;
/** … but not smaller than this: the time of a request would be lost on going there. */
const MIN_READ_BYTES = 512 * 1024;
const MAX_GAP_BYTES = 256 * 1024;
const PARALLEL_READS = 32;
/** Sealed bytes in memory: being read, waiting for a thread, or worked on. */
const HELD_BYTES = 32 * 1024 * 1024;

/**
 * Reads the ranges of packs that hold some blobs, several at a time, and hands each to `work`, which
 * owns the bytes. Few bytes are held at a time; the next range is read when `work` is done with one.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when a pack is lost or too short, `CANCELLED`, and what the
 *   store or `work` throws
 */
export async function readBlobs<Blob extends PlacedBlob>(
  repository: Repository,
  blobs: readonly Blob[],
  options: CallOptions,
  work: (read: PackRead<Blob>, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const sealedBytes = blobs.reduce((sum, { place }) => sum + place.length, 0);
  const maxBytes = Math.min(MAX_READ_BYTES, Math.max(MIN_READ_BYTES, Math.ceil(sealedBytes / READS_WANTED)));
  const reads = planReads(blobs, { maxBytes, maxGapBytes: MAX_GAP_BYTES });
  const budget = new ByteBudget(HELD_BYTES);
  await mapParallel(reads, PARALLEL_READS, async (read) => {
    using _held = await budget.hold(read.length);
    checkCancelled(options);
    const { pack, offset, length } = read;
    await work(read, ownBytes(await readPack(repository, pack, { offset, length }, options)));
  });
}

/** Moves to a thread as it is, unless others have a part of the same memory. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}
