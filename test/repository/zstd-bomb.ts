/** What a made-up frame holds and says; bytes. */
export interface ZstdBomb {
  /** Zeros that it unfolds to; a multiple of 128 KiB. */
  readonly contentBytes: number;
  /** What its header says of that; `null` for nothing. */
  readonly claimedBytes: number | null;
}

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A content size of eight bytes follows. */
const HAS_CONTENT_SIZE = 0xc0;
/** 2^17 bytes. */
const WINDOW = 7 << 3;
const BLOCK_BYTES = 128 * 1024;
const BLOCK_TYPE_RLE = 1;

/** A Zstandard frame of four bytes for every 128 KiB of zeros (RFC 8878, section 3.1.1). */
export function zstdBomb({ contentBytes, claimedBytes }: ZstdBomb): Buffer {
  const size = Buffer.alloc(claimedBytes === null ? 0 : 8);
  if (claimedBytes !== null) size.writeBigUInt64LE(BigInt(claimedBytes));
  const header = Buffer.from([claimedBytes === null ? 0 : HAS_CONTENT_SIZE, WINDOW]);
  const blocks = Buffer.alloc((contentBytes / BLOCK_BYTES) * 4);
  for (let position = 0; position < blocks.byteLength; position += 4) {
    const isLast = position + 4 === blocks.byteLength;
    blocks.writeUIntLE((BLOCK_BYTES << 3) | (BLOCK_TYPE_RLE << 1) | (isLast ? 1 : 0), position, 3);
  }
  return Buffer.concat([MAGIC, header, size, blocks]);
}
