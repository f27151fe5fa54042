import { type SealedBlob, sealBlobInto } from "./blob.ts";
import { type MasterKey, SEAL_BYTES } from "./sealing.ts";

/** Blobs one after the other in a buffer, to be sealed by one call. */
export interface SealJob {
  readonly buffer: ArrayBuffer;
  /** Bytes of each blob. */
  readonly lengths: readonly number[];
}

/** The same blobs, sealed, one after the other; in the same buffer wherever they have room there. */
export interface SealedBatch {
  readonly buffer: ArrayBuffer;
  readonly blobs: readonly SealedBlob[];
}

/**
 * Makes what compresses and seals batches of blobs; on this thread or, through `seal-worker.ts`, on
 * another. The buffer of a batch goes back and forth, so that a long save allocates next to nothing.
 */
export function openBatchSealer(keys: MasterKey): (job: SealJob) => SealedBatch {
  let scratch = new Uint8Array(0);
  return ({ buffer, lengths }) => {
    const plainBytes = lengths.reduce((sum, length) => sum + length, 0);
    const room = plainBytes + lengths.length * SEAL_BYTES;
    if (scratch.byteLength < room) scratch = new Uint8Array(room);
    let position = 0;
    let end = 0;
    const blobs = lengths.map((length) => {
      const blob = sealBlobInto(keys, new Uint8Array(buffer, position, length), scratch.subarray(end));
      position += length;
      end += blob.length;
      return blob;
    });
    const target = buffer.byteLength >= end ? buffer : new ArrayBuffer(end);
    new Uint8Array(target).set(scratch.subarray(0, end));
    return { buffer: target, blobs };
  };
}
