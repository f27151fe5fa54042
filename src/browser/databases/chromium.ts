import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HoldfastError } from "../../base/errors.ts";
import type { Cookie } from "../cookie.ts";
import { isDead } from "../cookie-rules.ts";
import { changeDatabase, columnsOf, type NewLayout, pick } from "./change-database.ts";
import { decryptCookie } from "./chromium-encryption.ts";
import {
  CHROMIUM_COLUMNS,
  CHROMIUM_KEY_COLUMNS,
  CHROMIUM_TIMES,
  fromChromiumRow,
  toChromiumRow,
} from "./chromium-rows.ts";
import { readDatabase } from "./database-copy.ts";
import { profileUnsupported } from "./sqlite-errors.ts";

/** A cookie whose value only the keyring of another session knows. */
export interface LockedCookie {
  readonly host: string;
  readonly name: string;
}

/** What the cookies of a profile are. */
export interface ProfileCookies {
  readonly cookies: readonly Cookie[];
  readonly locked: readonly LockedCookie[];
}

/** As Chromium 130 and later make it (`sqlite_persistent_cookie_store.cc`). */
const LAYOUT: NewLayout = {
  pragmas: "PRAGMA page_size = 4096",
  schema: `
  CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
  INSERT INTO meta VALUES ('mmap_status', '-1'), ('version', '24'), ('last_compatible_version', '24');
  CREATE TABLE cookies(creation_utc INTEGER NOT NULL,host_key TEXT NOT NULL,top_frame_site_key TEXT NOT NULL,name TEXT NOT NULL,value TEXT NOT NULL,encrypted_value BLOB NOT NULL,path TEXT NOT NULL,expires_utc INTEGER NOT NULL,is_secure INTEGER NOT NULL,is_httponly INTEGER NOT NULL,last_access_utc INTEGER NOT NULL,has_expires INTEGER NOT NULL,is_persistent INTEGER NOT NULL,priority INTEGER NOT NULL,samesite INTEGER NOT NULL,source_scheme INTEGER NOT NULL,source_port INTEGER NOT NULL,last_update_utc INTEGER NOT NULL,source_type INTEGER NOT NULL,has_cross_site_ancestor INTEGER NOT NULL);
  CREATE UNIQUE INDEX cookies_unique_index ON cookies(host_key, top_frame_site_key, has_cross_site_ancestor, name, path, source_scheme, source_port);
`,
};
const OLDEST_SCHEMA = 20;
const NEWEST_SCHEMA = 24;

/** Where Chromium keeps cookies in a profile folder; the second place where its network code is sandboxed. */
const PLACES = ["Cookies", join("Network", "Cookies")];

/** The cookies of one profile folder, for example `…/Default`; none when it has no database yet. */
export async function readChromiumCookies(folder: string): Promise<ProfileCookies> {
  const path = await findDatabase(folder);
  if (path === null) return { cookies: [], locked: [] };
  return await readDatabase(path, (database) => readRows(database, path));
}

/**
 * Puts cookies into one profile folder in place of those with the same name, host, path and partition.
 *
 * @throws HoldfastError `COOKIE_ENCRYPTED` when there are cookies of a keyring, which Chromium may
 *   answer by erasing the site's other cookies; nothing is written then
 */
export async function writeChromiumCookies(
  folder: string,
  cookies: readonly Cookie[],
  nowMs: number,
): Promise<void> {
  const path = (await findDatabase(folder)) ?? join(folder, "Cookies");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await changeDatabase(path, LAYOUT, (database) => {
    refuseLocked(readRows(database, path).locked, path);
    replaceRows(database, path, cookies, nowMs);
  });
}

/** Chromium moves the file when its network code gets a sandbox; where both are, the newer one counts. */
async function findDatabase(folder: string): Promise<string | null> {
  let newest: { readonly path: string; readonly timeMs: number } | null = null;
  for (const path of PLACES.map((place) => join(folder, place))) {
    const stats = await stat(path).catch(() => null);
    if (stats !== null && (newest === null || stats.mtimeMs > newest.timeMs)) {
      newest = { path, timeMs: stats.mtimeMs };
    }
  }
  return newest?.path ?? null;
}

/** @throws HoldfastError `PROFILE_UNSUPPORTED` when the schema is none that we know */
function schemaOf(database: DatabaseSync, path: string): number {
  if (columnsOf(database, "cookies").length === 0)
    throw profileUnsupported(path, "it has no table of cookies");
  const rows = database.prepare("SELECT key, value FROM meta").all();
  const meta = new Map(rows.map((row) => [row["key"], Number(row["value"])]));
  const schema = meta.get("version") ?? NaN;
  // A newer browser says itself whether older programs may use what it wrote.
  const compatible = meta.get("last_compatible_version") ?? schema;
  if (!(schema >= OLDEST_SCHEMA && compatible <= NEWEST_SCHEMA)) {
    throw profileUnsupported(path, `schema ${schema}, known are ${OLDEST_SCHEMA} to ${NEWEST_SCHEMA}`);
  }
  return schema;
}

function readRows(database: DatabaseSync, path: string): ProfileCookies {
  const schema = schemaOf(database, path);
  const columns = columnsOf(database, "cookies").filter(({ name }) => !name.endsWith("_utc"));
  const selected = [...columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`), ...CHROMIUM_TIMES];
  const cookies: Cookie[] = [];
  const locked: LockedCookie[] = [];
  for (const row of database.prepare(`SELECT ${selected.join(", ")} FROM cookies`).iterate()) {
    const encrypted = row["encrypted_value"];
    const isPlain = !(encrypted instanceof Uint8Array) || encrypted.length === 0;
    const value = isPlain ? String(row["value"]) : decryptCookie(encrypted, String(row["host_key"]), schema);
    const cookie = fromChromiumRow(row, value ?? "");
    if (value === null) locked.push({ host: cookie.host, name: cookie.name });
    else cookies.push(cookie);
  }
  return { cookies, locked };
}

function refuseLocked(locked: readonly LockedCookie[], path: string): void {
  if (locked.length === 0) return;
  throw new HoldfastError({
    code: "COOKIE_ENCRYPTED",
    message: `'${path}' has ${locked.length} cookies that only a keyring can open`,
    hint: "start Chromium with --password-store=basic and log in again, or use a fresh profile",
  });
}

function replaceRows(database: DatabaseSync, path: string, cookies: readonly Cookie[], nowMs: number): void {
  const columns = columnsOf(database, "cookies");
  const known = new Set(columns.map(({ name }) => name));
  const written = CHROMIUM_COLUMNS.filter((name) => known.has(name));
  const missing = columns.find(({ name, required }) => required && !written.includes(name));
  if (missing !== undefined) throw profileUnsupported(path, `column '${missing.name}'`);
  const keys = CHROMIUM_KEY_COLUMNS.filter((name) => known.has(name));
  const remove = database.prepare(
    `DELETE FROM cookies WHERE ${keys.map((name) => `${name} = :${name}`).join(" AND ")}`,
  );
  const insert = database.prepare(
    `INSERT INTO cookies (${written.join(", ")}) VALUES (${written.map((name) => `:${name}`).join(", ")})`,
  );
  // Chromium has no containers: what is outside of them comes last and wins.
  for (const cookie of cookies.toSorted((a, b) => b.container - a.container)) {
    remove.run(pick(toChromiumRow(cookie, nowMs), keys));
    if (!isDead(cookie, nowMs)) insert.run(pick(toChromiumRow(cookie, nowMs), written));
  }
}
