import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { OriginStorage } from "../cookie.ts";
import { profileDamaged, profileUnsupported } from "../databases/sqlite-errors.ts";
import { varint } from "./byte-reader.ts";
import { type LevelDb, readLevelDb } from "./leveldb.ts";
import { writeLevelDb } from "./leveldb-write.ts";
import { byOrigin, isWebOrigin } from "./origins.ts";

const FOLDER = "Local Storage";
/** The layout of keys and values; there has been no other. */
const VERSION = { key: "VERSION", value: "1" } as const;
const UTF_16 = 0;
const LATIN_1 = 1;
const EPOCH_OFFSET_MS = 11_644_473_600_000;
/** The file that Chromium 150 and later use once their feature `DomStorageSqlite` is switched on. */
const SQLITE_FILE = "LocalStorage";

/** Where a text of an origin stands in the database. */
interface StoredItem {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly sizeBytes: number;
}

/** The localStorage in one profile folder, for example `…/Default`, without that of partitions. */
export async function readChromiumStorage(folder: string): Promise<OriginStorage[]> {
  const { items } = await readItems(folder);
  return [...items].map(([origin, stored]) => ({
    origin,
    items: stored.map(({ name, value }) => ({ name, value })),
  }));
}

/** Reads and checks everything; what is returned then writes. */
export async function planChromiumStorage(
  folder: string,
  storage: readonly OriginStorage[],
  nowMs: number,
): Promise<() => Promise<void>> {
  const wanted = byOrigin(storage);
  const { database, items } = await readItems(folder);
  if (wanted.size === 0) return async () => undefined;
  const batch = new Map<string, Buffer | null>();
  if (!database.entries.has(VERSION.key)) batch.set(VERSION.key, Buffer.from(VERSION.value));
  for (const [origin, texts] of wanted) addOrigin(batch, origin, texts, items.get(origin) ?? [], nowMs);
  return async () => await writeLevelDb(join(folder, FOLDER, "leveldb"), database, batch);
}

async function readItems(
  folder: string,
): Promise<{ readonly database: LevelDb; readonly items: ReadonlyMap<string, StoredItem[]> }> {
  await refuseSqlite(folder);
  const path = join(folder, FOLDER);
  const database = await readLevelDb(join(path, "leveldb"));
  const version = database.entries.get(VERSION.key)?.toString("latin1") ?? null;
  if (version === null ? database.entries.size > 0 : version !== VERSION.value) {
    throw profileUnsupported(path, `version ${version ?? "unknown"}, known is ${VERSION.value}`);
  }
  const items = new Map<string, StoredItem[]>();
  for (const [key, stored] of database.entries) {
    const end = key.indexOf("\0");
    const origin = key.startsWith("_") && end !== -1 ? key.slice(1, end) : "";
    // Others are records about origins, and storage of partitions and extensions.
    if (!isWebOrigin(origin)) continue;
    const nameBytes = Buffer.from(key.slice(end + 1), "latin1");
    const [name, value] = [decodeText(nameBytes), decodeText(stored)];
    if (name === null || value === null) throw profileDamaged(path, "a text is not whole");
    const list = items.get(origin) ?? [];
    list.push({ key, name, value, sizeBytes: nameBytes.length + stored.length });
    items.set(origin, list);
  }
  return { database, items };
}

async function refuseSqlite(folder: string): Promise<void> {
  const path = join(folder, SQLITE_FILE);
  const stats = await stat(path).catch(() => null);
  if (stats !== null) throw profileUnsupported(path, "localStorage is kept in SQLite");
}

function addOrigin(
  batch: Map<string, Buffer | null>,
  origin: string,
  texts: ReadonlyMap<string, string>,
  stored: readonly StoredItem[],
  nowMs: number,
): void {
  let sizeBytes = 0;
  for (const item of stored) {
    if (!texts.has(item.name)) sizeBytes += item.sizeBytes;
    // The same name could be there in the other encoding.
    else batch.set(item.key, null);
  }
  for (const [name, value] of texts) {
    const [nameBytes, valueBytes] = [encodeText(name), encodeText(value)];
    batch.set(`_${origin}\0${nameBytes.toString("latin1")}`, valueBytes);
    sizeBytes += nameBytes.length + valueBytes.length;
  }
  const time = Buffer.concat([varint(8), varint((Math.round(nowMs) + EPOCH_OFFSET_MS) * 1000)]);
  batch.set(`META:${origin}`, Buffer.concat([time, varint(16), varint(sizeBytes)]));
  batch.set(`METAACCESS:${origin}`, time);
}

/** `null` when it is none. */
function decodeText(bytes: Buffer): string | null {
  const [encoding] = bytes;
  if (encoding === LATIN_1) return bytes.toString("latin1", 1);
  return encoding === UTF_16 && bytes.length % 2 === 1 ? bytes.toString("utf16le", 1) : null;
}

/** One byte for each character where that is enough, as Chromium does. */
function encodeText(text: string): Buffer {
  const isLatin = !/[^\0-\u00ff]/.test(text);
  return Buffer.concat([
    Buffer.from([isLatin ? LATIN_1 : UTF_16]),
    Buffer.from(text, isLatin ? "latin1" : "utf16le"),
  ]);
}
