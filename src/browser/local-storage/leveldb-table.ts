import { ByteReader } from "./byte-reader.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { decodeSnappy } from "./snappy.ts";

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from("57fb808b247547db", "hex");
/** Kind of compression and checksum, after each block. */
const TRAILER_BYTES = 5;
const COMPRESSIONS = { none: 0, snappy: 1 } as const;
/** Sequence and kind, after each key. */
const SUFFIX_BYTES = 8;
const DELETED = 0;
const PUT = 1;

/** One change of a key; of several the one with the highest sequence counts. */
export interface Change {
  readonly key: Buffer;
  readonly sequence: number;
  /** `null` when the key was removed. */
  readonly value: Buffer | null;
}

/**
 * All changes in a table of LevelDB (`doc/table_format.md`). Every block is checked.
 *
 * @param budget bytes that may still be taken, which are counted down
 * @throws RangeError when the table is not whole
 */
export function* readTable(file: Buffer, budget: { bytes: number }): Generator<Change> {
  if (file.length < FOOTER_BYTES) throw new RangeError("a table is too short");
  const footer = file.subarray(file.length - FOOTER_BYTES);
  if (!footer.subarray(FOOTER_BYTES - MAGIC.length).equals(MAGIC)) throw new RangeError("a table has no end");
  const handles = new ByteReader(footer);
  // The first one is of the filters, which only make a search faster.
  readHandle(handles);
  let end = 0;
  for (const { value: handle } of readBlock(file, readHandle(handles), budget)) {
    const place = readHandle(new ByteReader(handle));
    // Each block once, so that a small table does not become large.
    if (place.offset < end) throw new RangeError("blocks of a table overlap");
    end = place.offset + place.size;
    for (const { key, value } of readBlock(file, place, budget)) {
      if (key.length < SUFFIX_BYTES) throw new RangeError("a key of a table is too short");
      const suffix = key.subarray(key.length - SUFFIX_BYTES);
      const sequence = suffix.readUIntLE(1, 6) + (suffix[7] ?? 0) * 2 ** 48;
      const kind = suffix[0];
      if (!Number.isSafeInteger(sequence)) throw new RangeError("a sequence is too large");
      if (kind !== PUT && kind !== DELETED) throw new RangeError("an entry is of an unknown kind");
      yield { key: key.subarray(0, -SUFFIX_BYTES), sequence, value: kind === PUT ? value : null };
    }
  }
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readHandle(reader: ByteReader): Handle {
  return { offset: reader.varint(), size: reader.varint() };
}

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

function* readBlock(file: Buffer, { offset, size }: Handle, budget: { bytes: number }): Generator<Entry> {
  const block = openBlock(file, offset, size);
  budget.bytes -= block.length;
  const restarts = block.length < 4 ? NaN : block.readUInt32LE(block.length - 4);
  const end = block.length - 4 * (restarts + 1);
  if (!(end >= 0)) throw new RangeError("a block of a table is too short");
  const reader = new ByteReader(block.subarray(0, end));
  let last: Buffer = Buffer.alloc(0);
  while (reader.left > 0) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const valueLength = reader.varint();
    if (shared > last.length) throw new RangeError("a key of a table has no beginning");
    const rest = reader.take(unshared);
    // Shared beginnings let keys take more room than they have in the file.
    budget.bytes -= shared;
    if (budget.bytes < 0) throw new RangeError("it is too large");
    const key = Buffer.concat([last.subarray(0, shared), rest]);
    yield { key, value: reader.take(valueLength) };
    last = key;
  }
}

function openBlock(file: Buffer, offset: number, size: number): Buffer {
  if (offset + size + TRAILER_BYTES > file.length) throw new RangeError("a block is outside of its table");
  const content = file.subarray(offset, offset + size);
  const compression = file[offset + size];
  if (file.readUInt32LE(offset + size + 1) !== maskedCrc32c(file.subarray(offset, offset + size + 1))) {
    throw new RangeError("a checksum of a table is wrong");
  }
  if (compression === COMPRESSIONS.none) return content;
  if (compression === COMPRESSIONS.snappy) return decodeSnappy(content);
  throw new RangeError("a block is compressed in an unknown way");
}
