import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../base/file-error.ts";
import { changeDatabase } from "../databases/change-database.ts";
import { readDatabase } from "../databases/database-copy.ts";
import { makeFolder, ownLike } from "./owner.ts";

/** As Firefox makes it (`dom/quota/ActorsParent.cpp`): version 2.3, and a list of origins that may be old. */
const STORAGE_LAYOUT = {
  pragmas: "PRAGMA page_size = 512",
  schema: `
    CREATE TABLE database( cache_version INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE cache( valid INTEGER NOT NULL DEFAULT 0, build_id TEXT NOT NULL DEFAULT '');
    CREATE TABLE repository( id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE origin( repository_id INTEGER NOT NULL, suffix TEXT, group_ TEXT NOT NULL, origin TEXT NOT NULL, client_usages TEXT NOT NULL, usage INTEGER NOT NULL, last_access_time INTEGER NOT NULL, last_maintenance_date INTEGER NOT NULL, accessed INTEGER NOT NULL, persisted INTEGER NOT NULL, PRIMARY KEY (repository_id, origin), FOREIGN KEY (repository_id) REFERENCES repository(id) );
    INSERT INTO database VALUES (3);
    INSERT INTO cache VALUES (0, '');
    INSERT INTO repository VALUES (0, 'persistent'), (1, 'temporary'), (2, 'default'), (3, 'private');
    PRAGMA user_version = 131075;
  `,
};
/** Where it is missing or older, Firefox removes all localStorage of origins. */
const ARCHIVE_LAYOUT = {
  pragmas: "PRAGMA page_size = 32768",
  schema: `
    CREATE TABLE webappsstore2 (originAttributes TEXT, originKey TEXT, scope TEXT, key TEXT, value TEXT);
    CREATE UNIQUE INDEX origin_key_index ON webappsstore2(originAttributes, originKey, key);
    CREATE TABLE database(version INTEGER NOT NULL DEFAULT 0);
    INSERT INTO database VALUES (4);
    PRAGMA user_version = 2;
  `,
};
const STORAGE = "storage.sqlite";
const USAGE_MAGIC = 0x420a420a;

/** The folder that Firefox keeps an origin in. */
export function folderNameOf(origin: string): string {
  return origin.replace(/[/:*?"<>|\\]/g, "+");
}

/** @throws HoldfastError `PROFILE_DAMAGED` */
export async function checkBookkeeping(profile: string): Promise<void> {
  const storage = join(profile, STORAGE);
  if (await exists(storage)) await readDatabase(storage, () => undefined);
}

/**
 * Makes Firefox look at all folders of origins at its next start, instead of relying on its list; in a new
 * profile, makes what it would otherwise take for one of an old version.
 */
export async function invalidateCache(profile: string): Promise<void> {
  const storage = join(profile, STORAGE);
  const archive = join(profile, "storage", "ls-archive.sqlite");
  await make(async () => {
    await makeFolder(join(profile, "storage"));
  }, profile);
  const isNew = !(await exists(storage));
  await changeDatabase(storage, STORAGE_LAYOUT, (database) => {
    const hasCache = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'cache'").get() !== undefined;
    if (hasCache) database.exec("UPDATE cache SET valid = 0");
  });
  if (isNew && !(await exists(archive))) await changeDatabase(archive, ARCHIVE_LAYOUT, () => undefined);
  await make(async () => {
    await ownLike(storage, profile);
    if (await exists(archive)) await ownLike(archive, profile);
  }, profile);
}

/** Makes the folder of an origin and its metadata, where they are missing. */
export async function makeOriginFiles(folder: string, origin: string, nowMs: number): Promise<void> {
  const { getDomain } = await import("tldts");
  await make(async () => {
    await makeFolder(join(folder, "ls"));
    const { hostname } = new URL(origin);
    const group = getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;
    const names = await readdir(folder);
    if (names.includes(".metadata-v2")) return;
    await writeNew(join(folder, ".metadata-v2"), metadataOf(origin, group, nowMs), folder);
  }, folder);
}

/** Tells Firefox how much the origin has, in characters, without opening the database. */
export async function writeUsage(folder: string, usage: number): Promise<void> {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(USAGE_MAGIC);
  bytes.writeBigUInt64BE(BigInt(usage), 4);
  await make(async () => {
    await rm(join(folder, "usage"), { force: true });
    await writeNew(join(folder, "usage"), bytes, folder);
    await ownLike(join(folder, "data.sqlite"), folder);
  }, folder);
}

/** Time of last access in microseconds, not persisted, two fields without meaning, suffix, group, origin, and a flag. */
function metadataOf(origin: string, group: string, nowMs: number): Buffer {
  const head = Buffer.alloc(17);
  head.writeBigUInt64BE(BigInt(Math.round(nowMs)) * 1000n);
  return Buffer.concat([head, ...["", group, origin].map(withLength), Buffer.alloc(1)]);
}

function withLength(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

async function writeNew(path: string, bytes: Buffer, folder: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(bytes);
  await ownLike(path, folder);
  await file.sync();
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function make(work: () => Promise<void>, path: string): Promise<void> {
  await work().catch((error: unknown) => {
    throw fileError(error, `could not write '${path}'`);
  });
}
