import { ByteReader } from "./byte-reader.ts";

/** Three bytes copy at most 64, so that a wrong length does not take memory. */
const MAX_GROWTH = 22;
/** No site may keep as much. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Undoes snappy, after `format_description.txt` of google/snappy. Own code: the format takes forty lines,
 * and the libraries for it are untyped or compiled.
 *
 * @throws RangeError when the bytes are no whole snappy block
 */
export function decodeSnappy(bytes: Buffer): Buffer {
  const source = new ByteReader(bytes);
  const sizeBytes = source.varint();
  if (sizeBytes > MAX_BYTES || sizeBytes > MAX_GROWTH * bytes.length) throw new RangeError("it is too large");
  const target = Buffer.alloc(sizeBytes);
  let to = 0;
  while (source.left > 0) {
    const tag = source.byte();
    const kind = tag & 3;
    if (kind === 0) {
      const literal = source.take(literalLength(tag >> 2, source));
      if (to + literal.length > sizeBytes) throw new RangeError("it is longer than it says");
      to += literal.copy(target, to);
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = kind === 1 ? ((tag >> 5) << 8) + source.byte() : readNumber(source, kind === 2 ? 2 : 4);
    if (distance === 0 || distance > to || to + length > sizeBytes) throw new RangeError("a copy is wrong");
    // Byte by byte: a copy may reach into what it writes.
    for (const end = to + length; to < end; to++) target[to] = target[to - distance] ?? 0;
  }
  if (to !== sizeBytes) throw new RangeError("it is shorter than it says");
  return target;
}

/** Lengths above 60 stand in the one to four bytes that follow. */
function literalLength(bits: number, source: ByteReader): number {
  return (bits < 60 ? bits : readNumber(source, bits - 59)) + 1;
}

function readNumber(source: ByteReader, lengthBytes: number): number {
  return source.take(lengthBytes).readUIntLE(0, lengthBytes);
}
