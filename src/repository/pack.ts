import { HoldfastError } from "../base/errors.ts";
import type { BlobType } from "./blob.ts";
import { type Id, isId } from "./ids.ts";
import { type MasterKey, SEAL_BYTES, seal, unseal } from "./sealing.ts";

/** One blob of a pack, as its header lists it; lengths and offsets in bytes. */
export interface PackedBlob {
  readonly type: BlobType;
  readonly id: Id;
  readonly offset: number;
  /** As stored: sealed, compressed. */
  readonly length: number;
  /** Bytes of plaintext when compressed, else `null`. */
  readonly uncompressedLength: number | null;
}

/** Type byte of each kind of entry (restic `doc/design.rst`, "Pack Format"). */
const TYPE_BYTES = { data: 0, tree: 1, compressedData: 2, compressedTree: 3 } as const;
const ID_BYTES = 32;
const ENTRY_BYTES = 1 + 4 + ID_BYTES;
const COMPRESSED_ENTRY_BYTES = ENTRY_BYTES + 4;
const LENGTH_BYTES = 4;
/** What restic accepts as a header at most. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** The sealed header and its length: the end of a pack file. */
export function encodePackHeader(keys: MasterKey, blobs: readonly PackedBlob[]): Buffer {
  const plain = Buffer.alloc(blobs.reduce((sum, blob) => sum + entryBytes(blob), 0));
  let position = 0;
  for (const blob of blobs) {
    const compressed = blob.uncompressedLength !== null;
    position = plain.writeUInt8(typeByte(blob.type, compressed), position);
    position = plain.writeUInt32LE(blob.length, position);
    if (compressed) position = plain.writeUInt32LE(blob.uncompressedLength, position);
    position += plain.write(blob.id, position, "hex");
  }
  const header = seal(keys, plain);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([header, length]);
}

/** How many bytes at the end of a pack hold its header, if it has `blobs` entries; for a first guess. */
export function headerBytes(blobs: number): number {
  return blobs * COMPRESSED_ENTRY_BYTES + SEAL_BYTES + LENGTH_BYTES;
}

/**
 * Reads how long the header of a pack is, from its last bytes: seal and length field included.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when no pack of `packBytes` can have such a header
 */
export function headerLengthOf(tail: Uint8Array, packBytes: number): number {
  if (tail.byteLength < LENGTH_BYTES) throw damaged("a pack is too short");
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  const length = bytes.readUInt32LE(bytes.byteLength - LENGTH_BYTES);
  if (length < SEAL_BYTES || length > MAX_HEADER_BYTES || length + LENGTH_BYTES > packBytes) {
    throw damaged("the header of a pack has an impossible length");
  }
  return length + LENGTH_BYTES;
}

/**
 * The blobs of a pack, from the bytes that end it (at least its whole header).
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when the header is damaged or does not fit the pack's size
 */
export function decodePackHeader(keys: MasterKey, tail: Uint8Array, packBytes: number): PackedBlob[] {
  const length = headerLengthOf(tail, packBytes);
  if (tail.byteLength < length) throw damaged("the header of a pack is cut short");
  const sealed = tail.subarray(tail.byteLength - length, tail.byteLength - LENGTH_BYTES);
  const blobs = decodeEntries(unseal(keys, sealed));
  const end = blobs.reduce((sum, blob) => sum + blob.length, 0);
  if (end + length !== packBytes) throw damaged("the header of a pack does not fit its size");
  return blobs;
}

function decodeEntries(plain: Buffer): PackedBlob[] {
  const blobs: PackedBlob[] = [];
  let offset = 0;
  for (let position = 0; position < plain.byteLength;) {
    const entry = decodeEntry(plain, position, offset);
    blobs.push(entry);
    offset += entry.length;
    position += entryBytes(entry);
  }
  return blobs;
}

function decodeEntry(plain: Buffer, position: number, offset: number): PackedBlob {
  const byte = plain[position] ?? 0;
  const compressed = byte >= TYPE_BYTES.compressedData;
  const end = position + (compressed ? COMPRESSED_ENTRY_BYTES : ENTRY_BYTES);
  if (byte > TYPE_BYTES.compressedTree || end > plain.byteLength)
    throw damaged("a pack has a header entry that is not one");
  const id = plain.toString("hex", end - ID_BYTES, end);
  const length = plain.readUInt32LE(position + 1);
  if (!isId(id) || length < SEAL_BYTES) throw damaged("a pack has a header entry that is not one");
  return {
    type: byte === TYPE_BYTES.data || byte === TYPE_BYTES.compressedData ? "data" : "tree",
    id,
    offset,
    length,
    uncompressedLength: compressed ? plain.readUInt32LE(position + 5) : null,
  };
}

function typeByte(type: BlobType, compressed: boolean): number {
  if (type === "data") return compressed ? TYPE_BYTES.compressedData : TYPE_BYTES.data;
  return compressed ? TYPE_BYTES.compressedTree : TYPE_BYTES.tree;
}

function entryBytes(blob: PackedBlob): number {
  return blob.uncompressedLength === null ? ENTRY_BYTES : COMPRESSED_ENTRY_BYTES;
}

function damaged(message: string): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message });
}
