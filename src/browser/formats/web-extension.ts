import type { Cookie, CookieJar } from "../cookie.ts";
import { EXPIRY_EXPECTED, expiryOfSeconds, secondsOfExpiry } from "./expiry.ts";
import {
  type Entry,
  entriesOf,
  flag,
  optionalFlag,
  optionalNumber,
  optionalObject,
  optionalText,
  parseJson,
  text,
  word,
  wrongField,
  wrongFile,
} from "./fields.ts";
import { checkedCookie, lastOfEach, partitionOf, scopeOf } from "./rules.ts";

/*
 * Cookies as the interface `cookies` of browser extensions says them: Cookie-Editor, EditThisCookie and
 * CookieCloud keep them so, each with small differences, which the reader takes all alike.
 */

/** Which dialect to write. */
export type WebExtensionDialect = "cookie-editor" | "edit-this-cookie" | "cookiecloud";

const SAME_SITE: ReadonlyMap<string, Cookie["sameSite"]> = new Map([
  ["no_restriction", "none"],
  ["lax", "lax"],
  ["strict", "strict"],
  ["unspecified", null],
  ["none", "none"],
  ["", null],
]);
const SAME_SITE_WORDS = { none: "no_restriction", lax: "lax", strict: "strict" };
const CONTAINER = /^firefox-container-(\d{1,9})$/;

/** Reads a list of cookies as Cookie-Editor and EditThisCookie export them. */
export function parseWebExtension(file: string): CookieJar {
  const json = parseJson(file, "the file of cookies");
  if (!Array.isArray(json)) throw wrongFile("the file must be a list of cookies");
  return { cookies: lastOfEach(entriesOf(json, "cookie").map(readWebExtensionCookie)), localStorage: [] };
}

/** Writes a list of cookies. */
export function formatWebExtension(
  cookies: readonly Cookie[],
  dialect: "cookie-editor" | "edit-this-cookie",
): string {
  const list = cookies.map((cookie, index) => {
    const written = webExtensionCookie(cookie, dialect);
    return dialect === "cookie-editor" ? written : { ...written, id: index + 1 };
  });
  return `${JSON.stringify(list, null, 4)}\n`;
}

/**
 * Reads one cookie. Where a file calls a cookie a session cookie and gives an end nevertheless, it is a session
 * cookie: the end is a leftover. Isolation by first party has no place in a {@link Cookie} and is refused.
 */
export function readWebExtensionCookie(entry: Entry): Cookie {
  const { place } = entry;
  const scope = scopeOf(place, text(entry, "domain"), optionalFlag(entry, "hostOnly"));
  if ((optionalText(entry, "firstPartyDomain") ?? "") !== "")
    throw wrongField(place, "firstPartyDomain", "empty: isolation by first party is not supported");
  const key = optionalObject(entry, "partitionKey");
  const isPartitioned = key !== null && (optionalText(key, "topLevelSite") ?? "") !== "";
  return checkedCookie(
    place,
    {
      ...scope,
      name: text(entry, "name"),
      value: text(entry, "value"),
      path: optionalText(entry, "path") ?? "/",
      secure: flag(entry, "secure"),
      httpOnly: flag(entry, "httpOnly"),
      sameSite: word(entry, "sameSite", SAME_SITE),
      expiresMs: readExpiry(entry),
    },
    {
      partition: isPartitioned ? partitionOf(key, "topLevelSite", scope.host) : null,
      container: Number(CONTAINER.exec(optionalText(entry, "storeId") ?? "")?.[1] ?? 0),
    },
  );
}

/** One cookie in a dialect. */
export function webExtensionCookie(cookie: Cookie, dialect: WebExtensionDialect): Record<string, unknown> {
  const { host, hostOnly, name, value, path, secure, httpOnly, sameSite, expiresMs, partition } = cookie;
  return {
    domain: hostOnly ? host : `.${host}`,
    ...(expiresMs !== null && { expirationDate: secondsOfExpiry(expiresMs) }),
    hostOnly,
    httpOnly,
    name,
    path,
    sameSite: sameSite === null ? unsaid(dialect) : SAME_SITE_WORDS[sameSite],
    secure,
    session: expiresMs === null,
    storeId: storeOf(cookie.container, dialect),
    value,
    ...(partition !== null && { partitionKey: partition }),
  };
}

/** The extension of CookieCloud falls over a `sameSite` that is not a text; Cookie-Editor writes `null`. */
function unsaid(dialect: WebExtensionDialect): string | null {
  return dialect === "cookie-editor" ? null : "unspecified";
}

function storeOf(container: number, dialect: WebExtensionDialect): string | null {
  if (container !== 0) return `firefox-container-${container}`;
  return dialect === "cookie-editor" ? null : "0";
}

function readExpiry(entry: Entry): number | null {
  const seconds = optionalNumber(entry, "expirationDate");
  if (seconds === null) return null;
  const expiresMs = expiryOfSeconds(seconds);
  if (expiresMs === undefined) throw wrongField(entry.place, "expirationDate", EXPIRY_EXPECTED);
  return flag(entry, "session") ? null : expiresMs;
}
