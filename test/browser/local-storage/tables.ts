import { piece, varint } from "../../../src/browser/local-storage/byte-reader.ts";
import { maskedCrc32c } from "../../../src/browser/local-storage/crc32c.ts";
import { formatLog } from "../../../src/browser/local-storage/leveldb-log.ts";

/** An entry of a table; keys in their order. */
export interface TableEntry {
  readonly key: string;
  readonly sequence: number;
  readonly value: string | null;
}

/** A literal only: what a compressor may give. */
export function literalSnappy(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - 1);
  return Buffer.concat([varint(bytes.length), Buffer.from([0xfc]), length, bytes]);
}

/** A table of LevelDB with so many entries in a block; every second block is compressed. */
export function formatTable(entries: readonly TableEntry[], entriesInBlock: number): Buffer {
  const out: Buffer[] = [];
  let offset = 0;
  const add = (block: Buffer, isCompressed: boolean): Buffer => {
    const content = Buffer.concat([
      isCompressed ? literalSnappy(block) : block,
      Buffer.from([isCompressed ? 1 : 0]),
    ]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(maskedCrc32c(content));
    out.push(content, checksum);
    const handle = Buffer.concat([varint(offset), varint(content.length - 1)]);
    offset += content.length + checksum.length;
    return handle;
  };
  const index: (readonly [Buffer, Buffer])[] = [];
  for (let start = 0; start < entries.length; start += entriesInBlock) {
    const pairs = entries
      .slice(start, start + entriesInBlock)
      .map((entry) => [internalKey(entry), Buffer.from(entry.value ?? "", "latin1")] as const);
    index.push([pairs.at(-1)?.[0] ?? Buffer.alloc(0), add(formatBlock(pairs), index.length % 2 === 1)]);
  }
  const filters = add(formatBlock([]), false);
  const handles = Buffer.concat([filters, add(formatBlock(index), false)]);
  const footer = Buffer.concat([handles, Buffer.alloc(40 - handles.length)]);
  return Buffer.concat([...out, footer, Buffer.from("57fb808b247547db", "hex")]);
}

/** A manifest that names tables with their sizes. */
export function formatManifest(tables: ReadonlyMap<number, number>, log: number): Buffer {
  const key = piece(internalKey({ key: "", sequence: 0, value: "" }));
  const files = [...tables].map(([number, size]) =>
    Buffer.concat([Buffer.from([7, 2]), varint(number), varint(size), key, key]),
  );
  const head = Buffer.concat([
    Buffer.from([1]),
    piece(Buffer.from("leveldb.BytewiseComparator")),
    Buffer.from([2]),
    varint(log),
    Buffer.from([3, 90, 4, 50]),
  ]);
  // A table that was there once, and one that only moved to another level.
  const old = Buffer.concat([Buffer.from([7, 0, 1, 9]), key, key]);
  const moved = Buffer.concat([Buffer.from([6, 0, 1]), ...files.map((file) => Buffer.concat([file]))]);
  return formatLog([Buffer.concat([head, old]), moved]);
}

function internalKey({ key, sequence, value }: TableEntry): Buffer {
  const suffix = Buffer.alloc(8);
  suffix.writeBigUInt64LE(BigInt(sequence) * 256n + (value === null ? 0n : 1n));
  return Buffer.concat([Buffer.from(key, "latin1"), suffix]);
}

function formatBlock(pairs: readonly (readonly [Buffer, Buffer])[]): Buffer {
  let last: Buffer = Buffer.alloc(0);
  const entries = pairs.map(([key, value]) => {
    let shared = 0;
    while (shared < Math.min(last.length, key.length) && last[shared] === key[shared]) shared++;
    last = key;
    const lengths = [varint(shared), varint(key.length - shared), varint(value.length)];
    return Buffer.concat([...lengths, key.subarray(shared), value]);
  });
  return Buffer.concat([...entries, Buffer.from([0, 0, 0, 0, 1, 0, 0, 0])]);
}
