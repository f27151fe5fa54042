import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileError } from "../../base/file-error.ts";
import { profileDamaged, profileUnsupported } from "../databases/sqlite-errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { readLogRecords } from "./leveldb-log.ts";
import { readManifest } from "./leveldb-manifest.ts";
import { type Change, readTable } from "./leveldb-table.ts";

/** A database of LevelDB, with what a writer has to know. */
export interface LevelDb {
  /** Values by key; keys as one character for each byte. */
  readonly entries: ReadonlyMap<string, Buffer>;
  /** The first number that no file has, and the first that no change has; `null` when there is no database. */
  readonly next: { readonly file: number; readonly sequence: number } | null;
}

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 40;
/** Browsers keep a few MB for each of some hundred sites. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_EXPANDED_BYTES = 512 * 1024 * 1024;
const BATCH_COUNT_OFFSET = 8;
const PUT = 1;
const DELETED = 0;

/** Files of a database by name. */
type Files = ReadonlyMap<string, Buffer>;

/**
 * Reads a database of LevelDB into memory, whether its program runs or not: again when it was changed
 * meanwhile.
 *
 * @param folder may be missing or empty
 * @throws HoldfastError `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED` when it is too large
 */
export async function readLevelDb(folder: string): Promise<LevelDb> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= ATTEMPTS;
    try {
      const before = await look(folder);
      const files = await load(folder, [...before.keys()]);
      const isStill = files !== null && isSame(before, await look(folder));
      if (files !== null && (isStill || isLast)) return parseFiles(files);
      if (isLast) throw new RangeError("its files come and go");
    } catch (error) {
      if (error instanceof RangeError) throw profileDamaged(folder, error.message, error);
      throw fileError(error, `could not read '${folder}'`);
    }
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
}

/** What tells whether the files of a database have changed, by their names. */
async function look(folder: string): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  let bytes = 0;
  for (const name of ((await readdir(folder).catch(nullWhenMissing)) ?? []).sort()) {
    if (!/^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/.test(name)) continue;
    const stats = await stat(join(folder, name), { bigint: true }).catch(nullWhenMissing);
    if (stats === null) continue;
    seen.set(name, `${stats.ino}:${stats.size}:${stats.mtimeNs}`);
    bytes += Number(stats.size);
    if (bytes > MAX_BYTES) throw profileUnsupported(folder, "it is too large");
  }
  return seen;
}

function isSame(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  return before.size === now.size && [...before].every(([name, seen]) => now.get(name) === seen);
}

/** `null` when one of them has gone. */
async function load(folder: string, names: readonly string[]): Promise<Files | null> {
  const files = new Map<string, Buffer>();
  for (const name of names) {
    const bytes = await readFile(join(folder, name)).catch(nullWhenMissing);
    if (bytes === null) return null;
    files.set(name, bytes);
  }
  return files;
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

/**
 * What the files of a database say.
 *
 * @throws RangeError when they are not whole
 */
export function parseFiles(files: Files): LevelDb {
  const current = files.get("CURRENT");
  const numbers = [...files.keys()].map((name) => Number(/\d+/.exec(name)?.[0] ?? 0));
  if (current === undefined) {
    if (files.size > 0) throw new RangeError("the file CURRENT is missing");
    return { entries: new Map(), next: null };
  }
  const manifestFile = files.get(current.toString("latin1").replace(/\n$/, ""));
  if (manifestFile === undefined) throw new RangeError("its manifest is missing");
  const manifest = readManifest(manifestFile);
  const newest = new Map<string, Change>();
  let lastSequence = manifest.lastSequence;
  const take = (change: Change): void => {
    const key = change.key.toString("latin1");
    if (change.sequence >= (newest.get(key)?.sequence ?? 0)) newest.set(key, change);
    lastSequence = Math.max(lastSequence, change.sequence);
  };
  const budget = { bytes: MAX_EXPANDED_BYTES };
  for (const [number, sizeBytes] of manifest.tables) {
    const table = tableOf(files, number);
    if (table.length < sizeBytes) throw new RangeError("a table is cut short");
    for (const change of readTable(table.subarray(0, sizeBytes), budget)) take(change);
  }
  for (const log of logsOf(files, manifest.log, manifest.previousLog)) {
    for (const record of readLogRecords(log)) for (const change of readBatch(record)) take(change);
  }
  const entries = new Map<string, Buffer>();
  for (const [key, { value }] of newest) if (value !== null) entries.set(key, value);
  const file = Math.max(manifest.nextFile, ...numbers) + 1;
  if (!Number.isSafeInteger(file + 1)) throw new RangeError("a number of a file is too large");
  return { entries, next: { file, sequence: lastSequence + 1 } };
}

/** LevelDB pads numbers to six digits, and once called tables otherwise. */
function tableOf(files: Files, number: number): Buffer {
  const name = String(number).padStart(6, "0");
  const table = files.get(`${name}.ldb`) ?? files.get(`${name}.sst`);
  if (table === undefined) throw new RangeError("a table is missing");
  return table;
}

/** In the order in which they were written. */
function logsOf(files: Files, first: number, previous: number): Buffer[] {
  return [...files]
    .filter(([name]) => name.endsWith(".log"))
    .map(([name, bytes]) => ({ number: parseInt(name, 10), bytes }))
    .filter(({ number }) => number >= first || (number === previous && previous !== 0))
    .sort((a, b) => a.number - b.number)
    .map(({ bytes }) => bytes);
}

/** The changes of one write: a sequence, a count, then each key with its value. */
function* readBatch(record: Buffer): Generator<Change> {
  const reader = new ByteReader(record);
  const header = reader.take(BATCH_COUNT_OFFSET + 4);
  const first = Number(header.readBigUInt64LE());
  const count = header.readUInt32LE(BATCH_COUNT_OFFSET);
  if (!Number.isSafeInteger(first + count)) throw new RangeError("a sequence is too large");
  for (let index = 0; index < count; index++) {
    const kind = reader.byte();
    if (kind !== PUT && kind !== DELETED) throw new RangeError("a change is of an unknown kind");
    const key = reader.piece();
    yield { key, sequence: first + index, value: kind === PUT ? reader.piece() : null };
  }
  if (reader.left > 0) throw new RangeError("a write has more than it says");
}
