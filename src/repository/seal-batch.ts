import { sealBlob } from "./blob.ts";
import type { MasterKey } from "./sealing.ts";

/** Blobs one after the other in a buffer, to be sealed by one call. */
export interface SealJob {
  readonly plaintext: ArrayBuffer;
  /** Bytes of each blob. */
  readonly lengths: readonly number[];
}

/** The same blobs, sealed, one after the other. */
export interface SealedBatch {
  readonly sealed: Uint8Array<ArrayBuffer>;
  /** Bytes of each as sealed. */
  readonly lengths: readonly number[];
  /** Bytes of plaintext of those that are compressed, else `null`. */
  readonly uncompressedLengths: readonly (number | null)[];
  /** The buffer of the job, given back to be filled again. */
  readonly plaintext: ArrayBuffer;
}

/** Compresses and seals a batch of blobs; on this thread or, through `seal-worker.ts`, on another. */
export function sealBatch(keys: MasterKey, { plaintext, lengths }: SealJob): SealedBatch {
  let position = 0;
  const blobs = lengths.map((length) => {
    position += length;
    return sealBlob(keys, new Uint8Array(plaintext, position - length, length));
  });
  const sealed = new Uint8Array(blobs.reduce((sum, blob) => sum + blob.sealed.byteLength, 0));
  let end = 0;
  for (const blob of blobs) {
    sealed.set(blob.sealed, end);
    end += blob.sealed.byteLength;
  }
  return {
    sealed,
    lengths: blobs.map((blob) => blob.sealed.byteLength),
    uncompressedLengths: blobs.map((blob) => blob.uncompressedLength),
    plaintext,
  };
}
