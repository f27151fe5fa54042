import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Cookie } from "../cookie.ts";
import { changeDatabase, columnsOf, type NewLayout, pick } from "./change-database.ts";
import { isDead } from "../cookie-rules.ts";
import { readDatabase } from "./database-copy.ts";
import { FIREFOX_COLUMNS, FIREFOX_KEY_COLUMNS, fromFirefoxRow, toFirefoxRow } from "./firefox-rows.ts";
import { changeSessionCookies, readSessionCookies } from "./session-store.ts";
import { profileUnsupported } from "./sqlite-errors.ts";

/** As Firefox makes it since version 142 (`CookiePersistentStorage.cpp`). */
const LAYOUT: NewLayout = {
  pragmas: "PRAGMA page_size = 32768; PRAGMA journal_mode = WAL",
  schema: `
    CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL DEFAULT '', name TEXT, value TEXT, host TEXT, path TEXT, expiry INTEGER, lastAccessed INTEGER, creationTime INTEGER, isSecure INTEGER, isHttpOnly INTEGER, inBrowserElement INTEGER DEFAULT 0, sameSite INTEGER DEFAULT 0, schemeMap INTEGER DEFAULT 0, isPartitionedAttributeSet INTEGER DEFAULT 0, updateTime INTEGER, CONSTRAINT moz_uniqueid UNIQUE (name, host, path, originAttributes));
    PRAGMA user_version = 17;
  `,
};
/** Since 10 (2019) nothing but columns at the end and the unit of the expiry has changed. */
const OLDEST_SCHEMA = 10;
const NEWEST_SCHEMA = 17;
const DATABASE = "cookies.sqlite";

/** The cookies of a Firefox profile, those that end with the session included. */
export async function readFirefoxCookies(profile: string): Promise<readonly Cookie[]> {
  const path = join(profile, DATABASE);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  const kept = exists ? await readDatabase(path, (database) => readRows(database, path)) : [];
  return [...kept, ...(await readSessionCookies(profile))];
}

/**
 * Puts cookies into a Firefox profile in place of those with the same name, host, path, container and
 * partition. Those that end with the session go into the session that Firefox restores.
 */
export async function writeFirefoxCookies(
  profile: string,
  cookies: readonly Cookie[],
  nowMs: number,
): Promise<void> {
  const path = join(profile, DATABASE);
  const session = await changeSessionCookies(profile, cookies);
  try {
    await changeDatabase(path, LAYOUT, (database) => {
      replaceRows(database, path, cookies, nowMs);
    });
    await session.commit();
  } catch (error) {
    await session.discard();
    throw error;
  }
}

/** @throws HoldfastError `PROFILE_UNSUPPORTED` when the schema is none that we know */
function schemaOf(database: DatabaseSync, path: string): number {
  const schema = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (columnsOf(database, "moz_cookies").length === 0) {
    throw profileUnsupported(path, "it has no table of cookies");
  }
  if (!(schema >= OLDEST_SCHEMA && schema <= NEWEST_SCHEMA)) {
    throw profileUnsupported(path, `schema ${schema}, known are ${OLDEST_SCHEMA} to ${NEWEST_SCHEMA}`);
  }
  return schema;
}

function readRows(database: DatabaseSync, path: string): readonly Cookie[] {
  const schema = schemaOf(database, path);
  const known = new Set(columnsOf(database, "moz_cookies").map(({ name }) => name));
  // Some sites ask for dates that do not fit into a number.
  const selected = FIREFOX_COLUMNS.filter((name) => known.has(name) && name !== "expiry");
  return database
    .prepare(
      `SELECT ${selected.join(", ")}, min(expiry, ${Number.MAX_SAFE_INTEGER}) AS expiry
       FROM moz_cookies WHERE host IS NOT NULL ORDER BY id`,
    )
    .all()
    .map((row) => fromFirefoxRow(row, schema));
}

function replaceRows(database: DatabaseSync, path: string, cookies: readonly Cookie[], nowMs: number): void {
  const schema = schemaOf(database, path);
  const columns = columnsOf(database, "moz_cookies");
  const known = new Set(columns.map(({ name }) => name));
  const written = FIREFOX_COLUMNS.filter((name) => known.has(name));
  const lacking = FIREFOX_KEY_COLUMNS.find((name) => !known.has(name));
  if (lacking !== undefined) throw profileUnsupported(path, `it lacks column '${lacking}'`);
  const missing = columns.find(({ name, required }) => required && !written.includes(name));
  if (missing !== undefined) throw profileUnsupported(path, `column '${missing.name}'`);
  const remove = database.prepare(
    `DELETE FROM moz_cookies WHERE ${FIREFOX_KEY_COLUMNS.map((name) => `${name} = :${name}`).join(" AND ")}`,
  );
  const insert = database.prepare(
    `INSERT INTO moz_cookies (${written.join(", ")}) VALUES (${written.map((name) => `:${name}`).join(", ")})`,
  );
  for (const cookie of cookies) {
    const row = toFirefoxRow(cookie, schema, nowMs);
    remove.run(pick(row, FIREFOX_KEY_COLUMNS));
    if (cookie.expiresMs !== null && !isDead(cookie, nowMs)) insert.run(pick(row, written));
  }
}
