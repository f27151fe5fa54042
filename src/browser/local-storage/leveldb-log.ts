import { maskedCrc32c } from "./crc32c.ts";

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
/** Kinds of pieces of a record. */
const WHOLE = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/**
 * The records of a log of LevelDB (`doc/log_format.md`). A record that is cut short at the end is left out:
 * its writer died before anybody relied on it.
 *
 * @throws RangeError when anything before the end is not whole
 */
export function readLogRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let pieces: Buffer[] | null = null;
  for (let position = 0; position < file.length;) {
    const blockLeft = BLOCK_BYTES - (position % BLOCK_BYTES);
    if (blockLeft < HEADER_BYTES) {
      position += blockLeft;
      continue;
    }
    if (position + HEADER_BYTES > file.length) break;
    const length = file.readUInt16LE(position + 4);
    const kind = file[position + 6] ?? 0;
    // Some file systems put zeros where a file was going to grow.
    if (kind === 0 && length === 0 && isZero(file.subarray(position, position + blockLeft))) {
      position += blockLeft;
      continue;
    }
    if (HEADER_BYTES + length > blockLeft) throw new RangeError("a record does not fit into its block");
    const end = position + HEADER_BYTES + length;
    if (end > file.length) break;
    const piece = file.subarray(position + HEADER_BYTES, end);
    if (file.readUInt32LE(position) !== maskedCrc32c(file.subarray(position + 6, end))) {
      throw new RangeError("a checksum of its log is wrong");
    }
    if (kind < WHOLE || kind > LAST) throw new RangeError("a record is of an unknown kind");
    if (kind === MIDDLE || kind === LAST) {
      if (pieces === null) throw new RangeError("a record has no beginning");
      pieces.push(piece);
    } else {
      // Where a record has no end, its writer died, and the next one went on after it.
      pieces = [piece];
    }
    if (kind === WHOLE || kind === LAST) {
      records.push(Buffer.concat(pieces));
      pieces = null;
    }
    position = end;
  }
  return records;
}

/** A whole log with these records. */
export function formatLog(records: readonly Buffer[]): Buffer {
  const out: Buffer[] = [];
  let position = 0;
  for (const record of records) {
    let from = 0;
    do {
      let blockLeft = BLOCK_BYTES - (position % BLOCK_BYTES);
      if (blockLeft < HEADER_BYTES) {
        out.push(Buffer.alloc(blockLeft));
        position += blockLeft;
        blockLeft = BLOCK_BYTES;
      }
      const piece = record.subarray(from, from + blockLeft - HEADER_BYTES);
      const isLast = from + piece.length === record.length;
      const kind = from === 0 ? (isLast ? WHOLE : FIRST) : isLast ? LAST : MIDDLE;
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt32LE(maskedCrc32c(Buffer.from([kind]), piece));
      header.writeUInt16LE(piece.length, 4);
      header[6] = kind;
      out.push(header, piece);
      position += HEADER_BYTES + piece.length;
      from += piece.length;
    } while (from < record.length);
  }
  return Buffer.concat(out);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
