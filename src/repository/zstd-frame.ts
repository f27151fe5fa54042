const FRAME_MAGIC = 0xfd2fb528;
/** The last four bits are free (RFC 8878, section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RUN = 1;
const RESERVED = 3;

/**
 * Whether bytes are Zstandard frames from their beginning to their end (RFC 8878, section 3.1): some
 * versions of Node.js take a frame that is cut short for one whose content ends there.
 */
export function areWholeFrames(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    let offset = 0;
    do offset = endOfFrame(view, offset);
    while (offset < bytes.byteLength);
    return offset === bytes.byteLength;
  } catch (error) {
    if (error instanceof RangeError) return false; // read beyond the end
    throw error;
  }
}

/** @throws RangeError when the frame is cut short, or is none */
function endOfFrame(view: DataView, start: number): number {
  const magic = view.getUint32(start, true);
  if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) return start + 8 + view.getUint32(start + 4, true);
  if (magic !== FRAME_MAGIC) throw new RangeError("no frame begins here");
  const descriptor = view.getUint8(start + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3];
  let offset = start + 5 + (isSingleSegment ? 0 : 1);
  offset += DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  offset += isSingleSegment && contentSizeBytes === 0 ? 1 : contentSizeBytes;
  for (let isLast = false; !isLast;) {
    const header = view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
    isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === RESERVED) throw new RangeError("a block of no known type");
    offset += BLOCK_HEADER_BYTES + (type === RUN ? 1 : header >> 3);
  }
  return offset + ((descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES);
}
