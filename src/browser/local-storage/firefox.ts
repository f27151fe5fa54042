import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { fileError } from "../../base/file-error.ts";
import type { OriginStorage } from "../cookie.ts";
import { changeDatabase } from "../databases/change-database.ts";
import { readDatabase } from "../databases/database-copy.ts";
import { profileDamaged, profileUnsupported } from "../databases/sqlite-errors.ts";
import {
  checkBookkeeping,
  folderNameOf,
  invalidateCache,
  makeOriginFiles,
  writeUsage,
} from "./firefox-files.ts";
import { byOrigin, charactersOf, isWebOrigin } from "./origins.ts";
import { decodeSnappy } from "./snappy.ts";

const FOLDER = join("storage", "default");
const DATABASE = join("ls", "data.sqlite");
const NEWEST_SCHEMA = 5 << 4;
/** How a value is stored. */
const UTF_16 = 0;
const UTF_8 = 1;
const PLAIN = 0;
const SNAPPY = 1;
/** As Firefox makes it since version 88 (`dom/localstorage/ActorsParent.cpp`). */
const LAYOUT = {
  pragmas: "PRAGMA page_size = 1024; PRAGMA auto_vacuum = INCREMENTAL",
  schema: `
    CREATE TABLE database( origin TEXT NOT NULL, usage INTEGER NOT NULL DEFAULT 0, last_vacuum_time INTEGER NOT NULL DEFAULT 0, last_analyze_time INTEGER NOT NULL DEFAULT 0, last_vacuum_size INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE data( key TEXT PRIMARY KEY, utf16_length INTEGER NOT NULL, conversion_type INTEGER NOT NULL, compression_type INTEGER NOT NULL, last_access_time INTEGER NOT NULL DEFAULT 0, value BLOB NOT NULL);
    PRAGMA user_version = ${NEWEST_SCHEMA};
  `,
};

/** The localStorage of a Firefox profile, without that of containers and partitions. */
export async function readFirefoxStorage(profile: string): Promise<OriginStorage[]> {
  const found: OriginStorage[] = [];
  for (const name of await originFolders(profile)) {
    const storage = await readOrigin(join(profile, FOLDER, name, DATABASE));
    if (storage !== null && isWebOrigin(storage.origin)) found.push(storage);
  }
  return found;
}

/** Reads and checks everything; what is returned then writes. */
export async function planFirefoxStorage(
  profile: string,
  storage: readonly OriginStorage[],
  nowMs: number,
): Promise<() => Promise<void>> {
  const wanted = byOrigin(storage);
  const there = new Set(await originFolders(profile));
  if (wanted.size > 0) await checkBookkeeping(profile);
  for (const origin of wanted.keys()) {
    const name = folderNameOf(origin);
    if (there.has(name)) await readOrigin(join(profile, FOLDER, name, DATABASE));
  }
  return async () => {
    if (wanted.size === 0) return;
    await invalidateCache(profile);
    for (const [origin, items] of wanted) {
      const folder = join(profile, FOLDER, folderNameOf(origin));
      await makeOriginFiles(folder, origin, nowMs);
      await changeOrigin(folder, origin, items);
    }
  };
}

/** Names of the folders of origins that have localStorage, outside of containers and partitions. */
async function originFolders(profile: string): Promise<string[]> {
  const path = join(profile, FOLDER);
  try {
    const found: string[] = [];
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^https?\+\+\+[^^]+$/.test(entry.name)) continue;
      const names = await readdir(join(path, entry.name, "ls")).catch(noneWhenMissing);
      if (names.includes("data.sqlite")) found.push(entry.name);
    }
    return found.sort();
  } catch (error) {
    const none = noneWhenMissing(error as NodeJS.ErrnoException);
    return none;
  }
}

function noneWhenMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw fileError(error, "could not look at the localStorage of the profile");
}

/** `null` when there is nothing in it. */
async function readOrigin(path: string): Promise<OriginStorage | null> {
  return await readDatabase(path, (database) => {
    if (!checkSchema(database, path)) return null;
    const origin = String(database.prepare("SELECT origin FROM database").get()?.["origin"] ?? "");
    const items = database
      .prepare("SELECT key, utf16_length, conversion_type, compression_type, value FROM data ORDER BY key")
      .all()
      .map((row) => ({ name: String(row["key"]), value: valueOf(row, path) }));
    return items.length === 0 ? null : { origin, items };
  });
}

/**
 * False when the database is still empty.
 *
 * @throws HoldfastError `PROFILE_UNSUPPORTED` when the layout is none that we know
 */
function checkSchema(database: DatabaseSync, path: string): boolean {
  const schema = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (schema === 0) return false;
  if (schema !== NEWEST_SCHEMA) {
    throw profileUnsupported(path, `schema ${schema}, known is ${NEWEST_SCHEMA}`);
  }
  return true;
}

function valueOf(row: Readonly<Record<string, unknown>>, path: string): string {
  const { value, conversion_type: conversion, compression_type: compression } = row;
  if (!(value instanceof Uint8Array)) throw profileDamaged(path, "a value is no bytes");
  if (conversion !== UTF_16 && conversion !== UTF_8) throw profileUnsupported(path, "a value is encoded");
  if (compression !== PLAIN && compression !== SNAPPY)
    throw profileUnsupported(path, "a value is compressed");
  const stored = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = unpack(stored, compression, path).toString(conversion === UTF_16 ? "utf16le" : "utf8");
  if (text.length !== row["utf16_length"]) throw profileDamaged(path, "a value has another length");
  return text;
}

function unpack(stored: Buffer, compression: number, path: string): Buffer {
  if (compression === PLAIN) return stored;
  try {
    return decodeSnappy(stored);
  } catch (error) {
    throw profileDamaged(path, "a compressed value is not whole", error);
  }
}

async function changeOrigin(
  folder: string,
  origin: string,
  items: ReadonlyMap<string, string>,
): Promise<void> {
  let usage = 0;
  const path = join(folder, DATABASE);
  await changeDatabase(path, LAYOUT, (database) => {
    if (!checkSchema(database, path)) throw profileUnsupported(path, "it has no schema");
    const put = database.prepare("INSERT OR REPLACE INTO data VALUES (?, ?, ?, ?, 0, ?)");
    for (const [name, value] of items) {
      const [conversion, bytes] = encode(value);
      put.run(name, value.length, conversion, PLAIN, bytes);
    }
    const rows = database.prepare("SELECT key, utf16_length FROM data").all();
    usage = rows.reduce(
      (sum, row) => sum + charactersOf([[String(row["key"]), ""]]) + Number(row["utf16_length"]),
      0,
    );
    if (database.prepare("UPDATE database SET usage = ?").run(usage).changes === 0) {
      database.prepare("INSERT INTO database (origin, usage) VALUES (?, ?)").run(origin, usage);
    }
  });
  await writeUsage(join(folder, "ls"), usage);
}

/** UTF-8, unless it cannot say what is in the text. */
function encode(text: string): readonly [number, Buffer] {
  return text.isWellFormed() ? [UTF_8, Buffer.from(text)] : [UTF_16, Buffer.from(text, "utf16le")];
}
