import { profileDamaged } from "./sqlite-errors.ts";

/** Mozilla's header of a file with one LZ4 block; the length of what is in it follows in four bytes. */
const MAGIC = Buffer.from("mozLz40\0");
const HEADER_BYTES = MAGIC.length + 4;
const MAX_BYTES = 512 * 1024 * 1024;
const MIN_MATCH_BYTES = 4;
/** A length that does not fit into its four bits goes on in bytes until one is not 255. */
const LONG_LENGTH = 15;

/**
 * What is in a `.jsonlz4` file of Firefox. Own code: a block is decoded in twenty lines.
 *
 * @param path only for the message
 * @throws HoldfastError `PROFILE_DAMAGED`
 */
export function decodeMozLz4(bytes: Uint8Array, path: string): Buffer {
  const damaged = (): Error => profileDamaged(path, "it is no whole mozLz4 file");
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (source.length < HEADER_BYTES || !source.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged();
  const sizeBytes = source.readUInt32LE(MAGIC.length);
  // A block cannot grow more than 255 times, so that a wrong size does not take memory.
  if (sizeBytes > MAX_BYTES || sizeBytes > 255 * source.length) throw damaged();
  const target = Buffer.alloc(sizeBytes);
  if (decodeBlock(source.subarray(HEADER_BYTES), target) !== sizeBytes) throw damaged();
  return target;
}

/**
 * A file that Firefox reads. It is not made smaller: that would take a match finder, for a file which
 * Firefox writes anew every few seconds.
 */
export function encodeMozLz4(content: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(content.length, MAGIC.length);
  const length: number[] = [];
  if (content.length < LONG_LENGTH) length.push(content.length << 4);
  else {
    length.push(LONG_LENGTH << 4);
    let rest = content.length - LONG_LENGTH;
    for (; rest >= 255; rest -= 255) length.push(255);
    length.push(rest);
  }
  return Buffer.concat([header, Buffer.from(length), content]);
}

/** Decodes one LZ4 block; returns how many bytes it gave, or -1 when it is damaged. */
function decodeBlock(source: Buffer, target: Buffer): number {
  let from = 0;
  let to = 0;
  const readLength = (bits: number): number => {
    if (bits !== LONG_LENGTH) return bits;
    let length = bits;
    let byte: number;
    do {
      byte = source[from++] ?? NaN;
      length += byte;
    } while (byte === 255);
    return length;
  };
  while (from < source.length) {
    const token = source[from++] ?? NaN;
    const literals = readLength(token >> 4);
    if (!(from + literals <= source.length && to + literals <= target.length)) return -1;
    source.copy(target, to, from, from + literals);
    from += literals;
    to += literals;
    // The last sequence has no match.
    if (from === source.length) return to;
    if (from + 2 > source.length) return -1;
    const distance = source.readUInt16LE(from);
    from += 2;
    const match = readLength(token & LONG_LENGTH) + MIN_MATCH_BYTES;
    if (!(distance > 0 && distance <= to && to + match <= target.length)) return -1;
    // Byte by byte: a match may reach into what it writes.
    for (const end = to + match; to < end; to++) target[to] = target[to - distance] ?? 0;
  }
  return -1;
}
