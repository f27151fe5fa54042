import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Cookie } from "../cookie.ts";
import { cappedExpiry } from "../cookie-rules.ts";
import { isWithinSite, withoutPort } from "../site.ts";

/** Values by column. */
export type Row = Record<string, SQLOutputValue>;

const EPOCH_OFFSET_MS = 11_644_473_600_000;
const SAME_SITE = new Map<number, Cookie["sameSite"]>([
  [0, "none"],
  [1, "lax"],
  [2, "strict"],
]);
const SAME_SITE_UNSPECIFIED = -1;
const PRIORITIES = ["low", "medium", "high"] as const;
const SCHEMES = [null, "http", "https"] as const;
const PORT_UNSPECIFIED = -1;

/**
 * What is selected from the table: times in milliseconds since 1601, because microseconds do not fit
 * into a number.
 */
export const CHROMIUM_TIMES: readonly string[] = [
  "expires_utc / 1000 AS expires_ms",
  "creation_utc / 1000 AS creation_ms",
  "last_access_utc / 1000 AS last_access_ms",
];

/** A row of Chromium's table as a cookie. */
export function fromChromiumRow(row: Row, value: string): Cookie {
  const hostKey = String(row["host_key"]);
  const host = hostKey.startsWith(".") ? hostKey.slice(1) : hostKey;
  const port = Number(row["source_port"]);
  const persistent = row["is_persistent"] === 1 && row["has_expires"] === 1;
  return {
    name: String(row["name"]),
    value,
    host,
    hostOnly: !hostKey.startsWith("."),
    path: String(row["path"]),
    expiresMs: persistent ? Number(row["expires_ms"]) - EPOCH_OFFSET_MS : null,
    secure: row["is_secure"] === 1,
    httpOnly: row["is_httponly"] === 1,
    sameSite: SAME_SITE.get(Number(row["samesite"])) ?? null,
    partition: partitionOf(row, host),
    container: 0,
    sourceScheme: SCHEMES[Number(row["source_scheme"])] ?? null,
    sourcePort: port > 0 ? port : null,
    priority: PRIORITIES[Number(row["priority"])] ?? "medium",
    createdMs: timeOf(row["creation_ms"]),
    lastAccessMs: timeOf(row["last_access_ms"]),
  };
}

function partitionOf(row: Row, host: string): Cookie["partition"] {
  const topLevelSite = String(row["top_frame_site_key"]);
  if (topLevelSite === "") return null;
  // Before schema 23 the column was missing; Chromium fills it the same way when it adds it.
  const ancestor = row["has_cross_site_ancestor"] ?? (isWithinSite(host, topLevelSite) ? 0 : 1);
  return { topLevelSite, hasCrossSiteAncestor: ancestor === 1 };
}

function timeOf(sinceEpochMs: SQLOutputValue | undefined): number | null {
  return typeof sinceEpochMs === "number" && sinceEpochMs > 0 ? sinceEpochMs - EPOCH_OFFSET_MS : null;
}

/** Every column that a row may have in the schemas that we know. */
export const CHROMIUM_COLUMNS: readonly string[] = [
  "creation_utc",
  "host_key",
  "top_frame_site_key",
  "name",
  "value",
  "encrypted_value",
  "path",
  "expires_utc",
  "is_secure",
  "is_httponly",
  "last_access_utc",
  "has_expires",
  "is_persistent",
  "priority",
  "samesite",
  "source_scheme",
  "source_port",
  "is_same_party",
  "last_update_utc",
  "source_type",
  "has_cross_site_ancestor",
];

/** What decides whether two rows are the same cookie to Chromium, which ignores scheme and port. */
export const CHROMIUM_KEY_COLUMNS: readonly string[] = [
  "host_key",
  "top_frame_site_key",
  "has_cross_site_ancestor",
  "name",
  "path",
];

/** A cookie as a row, with every column of {@link CHROMIUM_COLUMNS}. The value is not encrypted: Chromium reads that everywhere. */
export function toChromiumRow(cookie: Cookie, nowMs: number): Record<string, SQLInputValue> {
  const persistent = cookie.expiresMs !== null ? 1 : 0;
  const createdMs = cookie.createdMs ?? nowMs;
  return {
    host_key: cookie.hostOnly ? cookie.host : `.${cookie.host}`,
    top_frame_site_key: cookie.partition === null ? "" : withoutPort(cookie.partition.topLevelSite),
    has_cross_site_ancestor: cookie.partition?.hasCrossSiteAncestor === true ? 1 : 0,
    name: cookie.name,
    path: cookie.path,
    creation_utc: toMicroseconds(createdMs),
    value: cookie.value,
    encrypted_value: new Uint8Array(),
    expires_utc: cookie.expiresMs === null ? 0 : toMicroseconds(cappedExpiry(cookie.expiresMs, nowMs)),
    is_secure: cookie.secure ? 1 : 0,
    is_httponly: cookie.httpOnly ? 1 : 0,
    last_access_utc: toMicroseconds(cookie.lastAccessMs ?? createdMs),
    has_expires: persistent,
    is_persistent: persistent,
    priority: PRIORITIES.indexOf(cookie.priority),
    samesite: [...SAME_SITE].find(([, name]) => name === cookie.sameSite)?.[0] ?? SAME_SITE_UNSPECIFIED,
    source_scheme: SCHEMES.indexOf(cookie.sourceScheme),
    source_port: cookie.sourcePort ?? PORT_UNSPECIFIED,
    last_update_utc: toMicroseconds(nowMs),
    source_type: 0,
    is_same_party: 0,
  };
}

function toMicroseconds(unixMs: number): bigint {
  return BigInt(Math.round(unixMs) + EPOCH_OFFSET_MS) * 1000n;
}
