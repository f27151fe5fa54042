import type { CookieJar } from "../cookie.ts";
import { parseCookieCloudData } from "./cookie-cloud-data.ts";
import { type JsonObject, isObject, wrongFile } from "./fields.ts";
import { type CookieFormat, refuseWhatDoesNotFit } from "./fitting.ts";
import { formatNetscape, looksLikeNetscape, parseNetscape } from "./netscape.ts";
import { formatPlaywright, parsePlaywright } from "./playwright.ts";
import { formatPuppeteer, parsePuppeteer } from "./puppeteer.ts";
import { formatWebExtension, parseWebExtension } from "./web-extension.ts";

/** Cookie files are a few hundred kilobytes; with localStorage a few megabytes. */
const FILE_MAX_LENGTH = 64 * 1024 * 1024;

const PARSERS: Readonly<Record<CookieFormat, (file: string) => CookieJar>> = {
  playwright: parsePlaywright,
  puppeteer: parsePuppeteer,
  "cookie-editor": parseWebExtension,
  "edit-this-cookie": parseWebExtension,
  netscape: parseNetscape,
  cookiecloud: parseCookieCloudData,
};

/** Fields that only the lists of browser extensions have. */
const EXTENSION_FIELDS = ["hostOnly", "storeId", "expirationDate", "firstPartyDomain"];

/**
 * The format of a file, by its shape; `null` for a file of no known one. Cookie-Editor and EditThisCookie are
 * told apart by the numbers that only the latter gives its cookies; the one is read as the other with the
 * same result. A list without the fields of browser extensions counts as Puppeteer's. CookieCloud is recognised encrypted and decrypted.
 */
export function recogniseFormat(text: string): CookieFormat | null {
  const file = withoutMark(text);
  if (!/^\s*[[{]/.test(file)) return looksLikeNetscape(file) ? "netscape" : null;
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    return null; // only a part of a file, or none of ours
  }
  return Array.isArray(json) ? formatOfList(json) : formatOfObject(json);
}

/**
 * Reads a cookie file; the format is recognised when none is given. Every field is checked, and a file with a
 * wrong one is refused as a whole. Fields that are not known are left alone.
 *
 * @throws {HoldfastError} `COOKIE_FILE` with the place, the field and what is expected, never with a value
 */
export function parseCookies(text: string, format?: CookieFormat): CookieJar {
  if (text.length > FILE_MAX_LENGTH) throw wrongFile("the file is too large for cookies");
  const file = withoutMark(text);
  const found = format ?? recogniseFormat(file);
  if (found !== null) return PARSERS[found](file);
  const what = /^\s*[[{]/.test(file) ? "is broken JSON, or JSON of no known format" : "is of no known format";
  throw wrongFile(`the file ${what}`, `name its format: ${Object.keys(PARSERS).join(", ")}`);
}

/**
 * Writes a cookie file. CookieCloud's are encrypted: see `encryptCookieCloud`.
 *
 * @throws {HoldfastError} `COOKIE_FILE` when the format has no place for a part of the jar; `fitJar` divides
 * it first
 */
export function formatCookies(jar: CookieJar, format: Exclude<CookieFormat, "cookiecloud">): string {
  refuseWhatDoesNotFit(jar, format);
  switch (format) {
    case "playwright":
      return formatPlaywright(jar);
    case "puppeteer":
      return formatPuppeteer(jar.cookies);
    case "netscape":
      return formatNetscape(jar.cookies);
    case "cookie-editor":
    case "edit-this-cookie":
      return formatWebExtension(jar.cookies, format);
    default:
      return format satisfies never;
  }
}

function formatOfList(list: readonly unknown[]): CookieFormat | null {
  if (list.length === 0) return "cookie-editor";
  if (!list.every((entry) => isObject(entry) && "name" in entry)) return null;
  const cookies = list as readonly JsonObject[];
  if (!cookies.some((cookie) => EXTENSION_FIELDS.some((field) => field in cookie))) return "puppeteer";
  return cookies.some((cookie) => typeof cookie["id"] === "number") ? "edit-this-cookie" : "cookie-editor";
}

function formatOfObject(json: unknown): CookieFormat | null {
  if (!isObject(json)) return null;
  if ("cookie_data" in json || typeof json["encrypted"] === "string") return "cookiecloud";
  return Array.isArray(json["cookies"]) || Array.isArray(json["origins"]) ? "playwright" : null;
}

/** Without the mark that some editors put at the start of a file. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
