import type { Cookie, CookiePartition } from "../cookie.ts";
import { type Entry, optionalFlag, text, wrongField, wrongFile } from "./fields.ts";
import { canonicalHost, canonicalOrigin, isAddress } from "./host.ts";

/** Browsers refuse more. */
const NAME_AND_VALUE_MAX_BYTES = 4096;
const PATH_MAX_BYTES = 1024;
/** Browsers keep a few thousand. */
const COOKIES_MAX = 100_000;

/** Controls other than the tab, which Firefox takes; ';' would end it. */
const NOT_IN_VALUE = /(?![\t\x80-\x9f])[\p{Cc};]/u;
const NOT_IN_NAME = /(?![\t\x80-\x9f])[\p{Cc};=]/u;

/** Where a cookie belongs, from the field `domain`. */
export interface Scope {
  readonly host: string;
  readonly hostOnly: boolean;
}

/** The part of a cookie that every format says. */
export type PlainCookie = Scope &
  Pick<Cookie, "name" | "value" | "path" | "expiresMs" | "secure" | "httpOnly" | "sameSite">;

/**
 * Reads a domain: a dot in front means the hosts below it too. `hostOnly` says it instead where a format has a
 * field for it. An address has no hosts below it, whatever the file says.
 */
export function scopeOf(place: string, domain: string, hostOnly: boolean | null = null): Scope {
  const dotted = domain.startsWith(".");
  const host = canonicalHost(dotted ? domain.slice(1) : domain);
  if (host === null) throw wrongField(place, "domain", "the name of a host, with or without a dot in front");
  return { host, hostOnly: isAddress(host) || (hostOnly ?? !dotted) };
}

/**
 * Completes a cookie of a file, or refuses it.
 *
 * Refused is what no browser holds: it would be lost later without a word, or, written to a database, count
 * although no browser would have taken it from a site. That is a name or value with control characters or
 * ';', '=' in a name, both empty, too long, text that is not Unicode, a path without '/', `__Secure-` without
 * secure, `__Host-` with a domain or another path than '/'.
 *
 * Taken are cookies that ended (they are what the file says), quotes and spaces, and tabs, which Firefox
 * takes. "None" without secure is taken as not said: no browser takes the pair, and Firefox says it of every
 * cookie whose site said nothing.
 */
export function checkedCookie(place: string, plain: PlainCookie, more: Partial<Cookie> = {}): Cookie {
  const cookie: Cookie = {
    ...plain,
    partition: null,
    container: 0,
    sourceScheme: null,
    sourcePort: null,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
    ...more,
    sameSite: plain.sameSite === "none" && !plain.secure ? null : plain.sameSite,
  };
  checkTexts(place, cookie);
  checkPrefix(place, cookie);
  return cookie;
}

function checkTexts(place: string, { name, value, path }: Cookie): void {
  const nameExpected = "a text without '=', ';' and control characters";
  if (NOT_IN_NAME.test(name) || !name.isWellFormed()) throw wrongField(place, "name", nameExpected);
  const valueExpected = "a text without ';' and control characters";
  if (NOT_IN_VALUE.test(value) || !value.isWellFormed()) throw wrongField(place, "value", valueExpected);
  if (name === "" && value === "") throw wrongField(place, "name", "a text that is not empty");
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > NAME_AND_VALUE_MAX_BYTES)
    throw wrongField(
      place,
      "value",
      `shorter: browsers take ${NAME_AND_VALUE_MAX_BYTES} bytes with the name`,
    );
  const pathWrong = !path.startsWith("/") || NOT_IN_VALUE.test(path) || !path.isWellFormed();
  if (pathWrong || Buffer.byteLength(path) > PATH_MAX_BYTES)
    throw wrongField(place, "path", `a path that starts with '/', of at most ${PATH_MAX_BYTES} bytes`);
}

/** Browsers compare the prefixes in any case of letters. */
function checkPrefix(place: string, { name, secure, hostOnly, path }: Cookie): void {
  const lower = name.toLowerCase();
  const host = lower.startsWith("__host-");
  if (!host && !lower.startsWith("__secure-")) return;
  if (!secure) throw wrongField(place, "secure", `true for a name with ${host ? "__Host-" : "__Secure-"}`);
  if (host && !hostOnly) throw wrongField(place, "domain", "without subdomains for a name with __Host-");
  if (host && path !== "/") throw wrongField(place, "path", "'/' for a name with __Host-");
}

/**
 * A partition from the fields of an object, whose site is called `siteField`. Where the file does not say
 * whether a frame of another site stands between, it does when the cookie's host is of another site than the
 * tab: then the cookie belongs to a frame.
 */
export function partitionOf(entry: Entry, siteField: string, host: string): CookiePartition {
  return partition(
    entry.place,
    siteField,
    text(entry, siteField),
    optionalFlag(entry, "hasCrossSiteAncestor"),
    host,
  );
}

/** The same, from a site and what the file says of the frames. */
export function partition(
  place: string,
  field: string,
  site: string,
  hasCrossSiteAncestor: boolean | null,
  host: string,
): CookiePartition {
  const topLevelSite = canonicalOrigin(site);
  if (topLevelSite === null) throw wrongField(place, field, "a site, such as https://example.com");
  const siteHost = URL.parse(topLevelSite)?.hostname ?? "";
  const sameSite = host === siteHost || host.endsWith(`.${siteHost}`);
  return { topLevelSite, hasCrossSiteAncestor: hasCrossSiteAncestor ?? !sameSite };
}

/**
 * One cookie for each that a browser tells apart; of several, the last. Files name a cookie twice when they
 * list it under several domains, and whoever imports one by one keeps the last.
 */
export function lastOfEach(cookies: readonly Cookie[]): readonly Cookie[] {
  if (cookies.length > COOKIES_MAX) throw wrongFile(`more than ${COOKIES_MAX} cookies`);
  const last = new Map<string, Cookie>();
  for (const cookie of cookies) last.set(identityOf(cookie), cookie);
  return [...last.values()];
}

/** What browsers tell cookies apart by; the same text for the same cookie. */
export function identityOf(cookie: Cookie): string {
  const { name, host, hostOnly, path, partition: part, container } = cookie;
  return JSON.stringify([
    name,
    host,
    hostOnly,
    path,
    part?.topLevelSite,
    part?.hasCrossSiteAncestor,
    container,
  ]);
}
