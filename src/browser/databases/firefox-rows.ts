import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Cookie } from "../cookie.ts";
import { cappedExpiry } from "../cookie-rules.ts";
import { formatSuffix, originAttributesOf, parseSuffix, partitionOf } from "./origin-attributes.ts";

/** Values by column. */
export type Row = Record<string, SQLOutputValue>;

/** Since this schema (Firefox 142) the table counts the expiry in milliseconds, before in seconds. */
const MILLISECONDS_SINCE = 16;
/** Since this schema a missing SameSite is told from `None`. */
const UNSET_SINCE = 15;

const SAME_SITE = ["none", "lax", "strict"] as const;
const SAME_SITE_UNSET = 256;
/** Bits of `schemeMap` (`nsICookie.idl`). */
const HTTP = 1;
const HTTPS = 2;
/** A session takes a missing one for HTTPS. */
export const ANY_SCHEME: number = HTTP | HTTPS;

/** A row of Firefox's table as a cookie. */
export function fromFirefoxRow(row: Row, schema: number): Cookie {
  const attributes = parseSuffix(String(row["originAttributes"] ?? ""));
  const domain = String(row["host"]);
  const host = domain.replace(/^\./, "");
  const secure = row["isSecure"] === 1;
  return {
    name: String(row["name"] ?? ""),
    value: String(row["value"] ?? ""),
    host,
    hostOnly: !domain.startsWith("."),
    path: String(row["path"] ?? "/"),
    expiresMs: Number(row["expiry"]) * (schema < MILLISECONDS_SINCE ? 1000 : 1),
    secure,
    httpOnly: row["isHttpOnly"] === 1,
    sameSite: sameSiteOf(row, schema, secure),
    partition: partitionOf(attributes.partitionKey, host),
    container: attributes.userContextId,
    sourceScheme: schemeOf(Number(row["schemeMap"] ?? 0)),
    sourcePort: null,
    priority: "medium",
    createdMs: timeOf(row["creationTime"]),
    lastAccessMs: timeOf(row["lastAccessed"]),
  };
}

function sameSiteOf(row: Row, schema: number, secure: boolean): Cookie["sameSite"] {
  const value = Number(row["sameSite"] ?? SAME_SITE_UNSET);
  if (schema >= UNSET_SINCE) return SAME_SITE[value] ?? null;
  // Zero is `None` or nothing; `None` without Secure was refused.
  const raw = Number(row["rawSameSite"] ?? value);
  return raw === 0 && !secure ? null : (SAME_SITE[raw] ?? null);
}

/** The kind of connection that a `schemeMap` means; `null` when it is not known, or both. */
export function schemeOf(schemeMap: number): Cookie["sourceScheme"] {
  if (schemeMap === HTTPS) return "https";
  return schemeMap === HTTP ? "http" : null;
}

/** The `schemeMap` of a cookie; 0 when it is not known. */
export function schemeMapOf({ sourceScheme }: Cookie): number {
  if (sourceScheme === null) return 0;
  return sourceScheme === "https" ? HTTPS : HTTP;
}

/** The number that Firefox has for SameSite. */
export function sameSiteNumber(sameSite: Cookie["sameSite"]): number {
  return sameSite === null ? SAME_SITE_UNSET : SAME_SITE.indexOf(sameSite);
}

/** What SameSite a number of Firefox means. */
export function sameSiteFromNumber(value: number): Cookie["sameSite"] {
  return SAME_SITE[value] ?? null;
}

function timeOf(microseconds: SQLOutputValue | undefined): number | null {
  return typeof microseconds === "number" && microseconds > 0 ? Math.floor(microseconds / 1000) : null;
}

/** Every column that is written, where the table has it. */
export const FIREFOX_COLUMNS: readonly string[] = [
  "originAttributes",
  "name",
  "value",
  "host",
  "path",
  "expiry",
  "lastAccessed",
  "creationTime",
  "isSecure",
  "isHttpOnly",
  "inBrowserElement",
  "sameSite",
  "rawSameSite",
  "schemeMap",
  "isPartitionedAttributeSet",
  "updateTime",
];

/** What decides whether two rows are the same cookie. */
export const FIREFOX_KEY_COLUMNS: readonly string[] = ["name", "host", "path", "originAttributes"];

/** A cookie as a row. A session cookie has none in Firefox: its row only says which one to replace. */
export function toFirefoxRow(cookie: Cookie, schema: number, nowMs: number): Record<string, SQLInputValue> {
  const expiresMs = cappedExpiry(cookie.expiresMs ?? nowMs, nowMs);
  const createdMs = cookie.createdMs ?? nowMs;
  const sameSite = sameSiteNumber(cookie.sameSite);
  const oldSameSite = sameSite === SAME_SITE_UNSET ? 0 : sameSite;
  return {
    originAttributes: formatSuffix(originAttributesOf(cookie)),
    name: cookie.name,
    value: cookie.value,
    host: cookie.hostOnly ? cookie.host : `.${cookie.host}`,
    path: cookie.path,
    expiry: Math.round(schema < MILLISECONDS_SINCE ? expiresMs / 1000 : expiresMs),
    lastAccessed: Math.round(cookie.lastAccessMs ?? createdMs) * 1000,
    creationTime: Math.round(createdMs) * 1000,
    isSecure: cookie.secure ? 1 : 0,
    isHttpOnly: cookie.httpOnly ? 1 : 0,
    inBrowserElement: 0,
    sameSite: schema < UNSET_SINCE ? oldSameSite : sameSite,
    rawSameSite: oldSameSite,
    schemeMap: schemeMapOf(cookie),
    isPartitionedAttributeSet: cookie.partition === null ? 0 : 1,
    updateTime: Math.round(nowMs) * 1000,
  };
}
