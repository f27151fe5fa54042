import { HoldfastError } from "../base/errors.ts";
import { compress, decompress } from "./compression.ts";
import { type Id, idOf, shortId } from "./ids.ts";
import { type MasterKey, sealInto, unseal } from "./sealing.ts";

/** Parts of files (`data`) or lists of folder entries (`tree`). */
export type BlobType = "data" | "tree";

/** The largest blob we read, in bytes of plaintext: restic's own chunks end at 8 MiB, its trees are larger. */
export const MAX_BLOB_BYTES: number = 256 * 1024 * 1024;

/** How a blob stands in a pack; bytes. */
export interface SealedBlob {
  readonly length: number;
  /** Of the plaintext when it is compressed, else `null`. */
  readonly uncompressedLength: number | null;
}

/** Compresses a blob where that makes it smaller, and seals it into the first bytes of `target`. */
export function sealBlobInto(keys: MasterKey, plaintext: Uint8Array, target: Uint8Array): SealedBlob {
  const compressed = compress(plaintext);
  return compressed.byteLength < plaintext.byteLength
    ? { length: sealInto(keys, compressed, target), uncompressedLength: plaintext.byteLength }
    : { length: sealInto(keys, plaintext, target), uncompressedLength: null };
}

/**
 * Unseals and decompresses a blob, and checks that its bytes are those that `id` names.
 *
 * @throws {HoldfastError} `DATA_DAMAGED`
 */
export function openBlob(
  keys: MasterKey,
  sealed: Uint8Array,
  uncompressedLength: number | null,
  id: Id,
): Buffer {
  checkClaim(uncompressedLength, id);
  const content = unseal(keys, sealed);
  return checkHash(uncompressedLength === null ? content : decompress(content, uncompressedLength), id);
}

/** {@link openBlob} with the keys of one repository. */
export type BlobOpener = (sealed: Uint8Array, uncompressedLength: number | null, id: Id) => Buffer;

/**
 * As {@link openBlob}, for many blobs one after the other: it takes no memory for each. `sealed` is
 * overwritten, and what it returns is good until the next call.
 */
export function createBlobOpener(keys: MasterKey): BlobOpener {
  let room = Buffer.alloc(0);
  return (sealed, uncompressedLength, id) => {
    checkClaim(uncompressedLength, id);
    const content = unseal(keys, sealed, true);
    if (uncompressedLength === null) return checkHash(content, id);
    if (room.byteLength < uncompressedLength) room = Buffer.allocUnsafeSlow(uncompressedLength);
    return checkHash(decompress(content, uncompressedLength, room), id);
  };
}

function checkClaim(uncompressedLength: number | null, id: Id): void {
  if ((uncompressedLength ?? 0) <= MAX_BLOB_BYTES) return;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: `blob ${shortId(id)} claims to be impossibly large`,
  });
}

function checkHash(plaintext: Buffer, id: Id): Buffer {
  if (idOf(plaintext) === id) return plaintext;
  throw new HoldfastError({ code: "DATA_DAMAGED", message: `blob ${shortId(id)} does not match its hash` });
}
