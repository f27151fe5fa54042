import type { Cookie, CookieJar, CookiePartition } from "../cookie.ts";
import { EXPIRY_EXPECTED, expiryOfSeconds, secondsOfExpiry } from "./expiry.ts";
import {
  type Entry,
  entriesOf,
  flag,
  optionalNumber,
  optionalObject,
  optionalText,
  parseJson,
  text,
  word,
  wrongField,
  wrongFile,
} from "./fields.ts";
import { checkedCookie, lastOfEach, partition, partitionOf, scopeOf } from "./rules.ts";

/*
 * Cookies as the DevTools protocol says them, which is what `browser.cookies()` of Puppeteer gives and
 * `browser.setCookie()` takes. The lists of `context.cookies()` of Playwright are read as well.
 */

const SAME_SITE: ReadonlyMap<string, Cookie["sameSite"]> = new Map([
  ["none", "none"],
  ["lax", "lax"],
  ["strict", "strict"],
  ["default", null],
  ["", null],
]);
const SAME_SITE_WORDS = { none: "None", lax: "Lax", strict: "Strict" };
const PRIORITY: ReadonlyMap<string, Cookie["priority"]> = new Map([
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["", "medium"],
]);
const PRIORITY_WORDS = { low: "Low", medium: "Medium", high: "High" };
const SCHEME: ReadonlyMap<string, Cookie["sourceScheme"]> = new Map([
  ["unset", null],
  ["nonsecure", "http"],
  ["secure", "https"],
  ["", null],
]);
const SCHEME_WORDS = { http: "NonSecure", https: "Secure" };
const PORT_MAX = 65_535;

/** Reads a list of cookies. */
export function parsePuppeteer(file: string): CookieJar {
  const json = parseJson(file, "the file of cookies");
  if (!Array.isArray(json)) throw wrongFile("the file must be a list of cookies");
  return { cookies: lastOfEach(entriesOf(json, "cookie").map(readCookie)), localStorage: [] };
}

/** Writes a list of cookies. */
export function formatPuppeteer(cookies: readonly Cookie[]): string {
  return `${JSON.stringify(cookies.map(puppeteerCookie), null, 2)}\n`;
}

/**
 * The part that Playwright and Puppeteer say alike. `partitioned` is not read here: the two differ.
 *
 * @throws {HoldfastError} `COOKIE_FILE`
 */
export function readProtocolCookie(entry: Entry, more: (host: string) => Partial<Cookie>): Cookie {
  const scope = scopeOf(entry.place, text(entry, "domain"));
  const plain = {
    ...scope,
    name: text(entry, "name"),
    value: text(entry, "value"),
    path: optionalText(entry, "path") ?? "/",
    secure: flag(entry, "secure"),
    httpOnly: flag(entry, "httpOnly"),
    sameSite: word(entry, "sameSite", SAME_SITE),
    expiresMs: readExpiry(entry),
  };
  return checkedCookie(entry.place, plain, more(scope.host));
}

/** The part that Playwright and Puppeteer say alike. What the site did not say about `sameSite` is left out. */
export function protocolCookie(cookie: Cookie): Record<string, unknown> {
  const { name, value, host, hostOnly, path, expiresMs, httpOnly, secure, sameSite } = cookie;
  return {
    name,
    value,
    domain: hostOnly ? host : `.${host}`,
    path,
    expires: expiresMs === null ? -1 : secondsOfExpiry(expiresMs),
    httpOnly,
    secure,
    ...(sameSite !== null && { sameSite: SAME_SITE_WORDS[sameSite] }),
  };
}

function readCookie(entry: Entry): Cookie {
  return readProtocolCookie(entry, (host) => ({
    partition: readPartition(entry, host),
    priority: word(entry, "priority", PRIORITY),
    sourceScheme: word(entry, "sourceScheme", SCHEME),
    sourcePort: readPort(entry),
  }));
}

function puppeteerCookie(cookie: Cookie): Record<string, unknown> {
  const { name, value, expiresMs, priority, sourceScheme, sourcePort, partition: part } = cookie;
  // Chromium keeps such a cookie of localhost, but takes a list with one from nobody.
  const isRefused = cookie.secure && sourceScheme === "http";
  return {
    ...protocolCookie(cookie),
    size: Buffer.byteLength(name) + Buffer.byteLength(value),
    session: expiresMs === null,
    priority: PRIORITY_WORDS[priority],
    sourceScheme: sourceScheme === null || isRefused ? "Unset" : SCHEME_WORDS[sourceScheme],
    sourcePort: sourcePort ?? -1,
    ...(part !== null && {
      partitionKey: { sourceOrigin: part.topLevelSite, hasCrossSiteAncestor: part.hasCrossSiteAncestor },
    }),
  };
}

/** A text, an object of Puppeteer, or one of the protocol itself, which calls the site differently. */
function readPartition(entry: Entry, host: string): CookiePartition | null {
  const { place, fields } = entry;
  const key = fields["partitionKey"] ?? null;
  if (fields["partitionKeyOpaque"] === true)
    throw wrongField(
      place,
      "partitionKeyOpaque",
      "false: such a cookie belongs to one moment of one browser",
    );
  if (key === null || key === "") return null;
  if (typeof key === "string") {
    const said = fields["_crHasCrossSiteAncestor"];
    return partition(place, "partitionKey", key, typeof said === "boolean" ? said : null, host);
  }
  const object = optionalObject(entry, "partitionKey");
  if (object === null) return null;
  return partitionOf(object, "topLevelSite" in object.fields ? "topLevelSite" : "sourceOrigin", host);
}

function readPort(entry: Entry): number | null {
  const port = optionalNumber(entry, "sourcePort");
  if (port === null || port === -1) return null;
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw wrongField(entry.place, "sourcePort", `a port up to ${PORT_MAX}, or -1`);
}

function readExpiry(entry: Entry): number | null {
  const seconds = optionalNumber(entry, "expires");
  if (seconds === null) return null;
  const expiresMs = expiryOfSeconds(seconds);
  if (expiresMs !== undefined) return expiresMs;
  throw wrongField(entry.place, "expires", EXPIRY_EXPECTED);
}
