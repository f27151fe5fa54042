import { ByteReader, piece, varint } from "./byte-reader.ts";
import { formatLog, readLogRecords } from "./leveldb-log.ts";

/** Which files a database of LevelDB consists of. */
export interface Manifest {
  /** Logs with a smaller number, other than `previousLog`, are in tables already. */
  readonly log: number;
  readonly previousLog: number;
  readonly nextFile: number;
  readonly lastSequence: number;
  /** Sizes of the tables in bytes, by number. */
  readonly tables: ReadonlyMap<number, number>;
}

const COMPARATOR = "leveldb.BytewiseComparator";
/** What the fields of an edit are (`db/version_edit.cc`). */
const TAGS = {
  comparator: 1,
  log: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedTable: 6,
  newTable: 7,
  previousLog: 9,
} as const;

/**
 * Reads a manifest: the edits that led to the database as it is.
 *
 * @throws RangeError when it is not whole
 */
export function readManifest(file: Buffer): Manifest {
  const tables = new Map<number, number>();
  const numbers: {
    log: number | null;
    previousLog: number;
    nextFile: number | null;
    sequence: number | null;
  } = { log: null, previousLog: 0, nextFile: null, sequence: null };
  for (const record of readLogRecords(file)) {
    const edit = new ByteReader(record);
    const added = new Map<number, number>();
    while (edit.left > 0) {
      const tag = edit.varint();
      if (tag === TAGS.comparator) {
        if (edit.piece().toString("latin1") !== COMPARATOR) throw new RangeError("its order is unknown");
      } else if (tag === TAGS.log) numbers.log = edit.varint();
      else if (tag === TAGS.previousLog) numbers.previousLog = edit.varint();
      else if (tag === TAGS.nextFile) numbers.nextFile = edit.varint();
      else if (tag === TAGS.lastSequence) numbers.sequence = edit.varint();
      else if (tag === TAGS.compactPointer) {
        edit.varint();
        edit.piece();
      } else if (tag === TAGS.deletedTable) {
        edit.varint();
        tables.delete(edit.varint());
      } else if (tag === TAGS.newTable) {
        edit.varint();
        added.set(edit.varint(), edit.varint());
        edit.piece();
        edit.piece();
      } else throw new RangeError("its manifest has an unknown field");
    }
    // A table that only moves to another level is removed and added in one edit.
    for (const [number, sizeBytes] of added) tables.set(number, sizeBytes);
  }
  const { log, previousLog, nextFile, sequence } = numbers;
  if (log === null || nextFile === null || sequence === null) throw new RangeError("its manifest has no end");
  return { log, previousLog, nextFile, lastSequence: sequence, tables };
}

/** The manifest of a database without tables, as LevelDB begins it; any log counts. */
export function firstManifest(): Buffer {
  const fields: readonly (readonly [number, Buffer])[] = [
    [TAGS.comparator, piece(Buffer.from(COMPARATOR))],
    [TAGS.log, varint(0)],
    [TAGS.nextFile, varint(2)],
    [TAGS.lastSequence, varint(0)],
  ];
  return formatLog([Buffer.concat(fields.flatMap(([tag, value]) => [varint(tag), value]))]);
}
