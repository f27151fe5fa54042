import type { Cookie, CookieJar } from "../cookie.ts";
import { EXPIRY_EXPECTED, expiryOfSeconds, secondsOfExpiry } from "./expiry.ts";
import { wrongField, wrongFile } from "./fields.ts";
import { checkedCookie, lastOfEach, scopeOf } from "./rules.ts";

/*
 * cookies.txt, the format of curl, wget and yt-dlp: seven fields with tabs between them. It has no place for
 * SameSite, partitions, containers, priorities and ports, and counts in whole seconds.
 */

const HEADER = "# Netscape HTTP Cookie File";
const HTTP_ONLY = "#HttpOnly_";
const MAGIC = /^#(?: Netscape)? HTTP Cookie File/;
const FIELDS = 7;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?$/;
/** What would end a field or a line. */
const BREAKS = /[\t\r\n\0]/;

/** True for a text that starts as such a file, or whose first line that is no comment has the seven fields. */
export function looksLikeNetscape(file: string): boolean {
  const lines = file.split("\n", 1000);
  const first = lines.find((line) => !isComment(line));
  return MAGIC.test(file) || first?.split("\t").length === FIELDS;
}

/** Reads cookies.txt; the header may be missing. */
export function parseNetscape(file: string): CookieJar {
  const cookies: Cookie[] = [];
  for (const [index, line] of file.split("\n").entries())
    if (!isComment(line)) cookies.push(readLine(`line ${index + 1}`, line));
  return { cookies: lastOfEach(cookies), localStorage: [] };
}

/** Writes cookies.txt for cookies that {@link fitsNetscape}. A session cookie has the expiry 0. */
export function formatNetscape(cookies: readonly Cookie[]): string {
  return [HEADER, ...cookies.map(writeLine), ""].join("\n");
}

/**
 * Whether a line can say this cookie. A partition or a container is part of what a cookie is: without it, it
 * would be another cookie.
 */
export function fitsNetscape(cookie: Cookie): boolean {
  const { name, value, path, partition, container } = cookie;
  return partition === null && container === 0 && ![name, value, path].some((field) => BREAKS.test(field));
}

function isComment(line: string): boolean {
  return line.trim() === "" || (line.startsWith("#") && !line.startsWith(HTTP_ONLY));
}

/** Messages do not give the name: where a field is missing, the value stands in its place. */
function readLine(place: string, line: string): Cookie {
  const httpOnly = line.startsWith(HTTP_ONLY);
  const fields = (httpOnly ? line.slice(HTTP_ONLY.length) : line).replace(/\r$/, "").split("\t");
  // Editors take away the tab before an empty value.
  if (fields.length === FIELDS - 1) fields.push("");
  if (fields.length !== FIELDS) throw wrongFile(`${place} must have ${FIELDS} fields with tabs between them`);
  const [domain = "", subdomains = "", path = "", secure = "", expiry = "", name = "", value = ""] = fields;
  return checkedCookie(place, {
    ...scopeOf(place, domain, !readFlag(place, "subdomains", subdomains)),
    path,
    secure: readFlag(place, "secure", secure),
    expiresMs: readExpiry(place, expiry),
    name,
    value,
    httpOnly,
    sameSite: null,
  });
}

function writeLine(cookie: Cookie): string {
  const { host, hostOnly, path, secure, expiresMs, name, value, httpOnly } = cookie;
  const domain = `${httpOnly ? HTTP_ONLY : ""}${hostOnly ? "" : "."}${host}`;
  // An end in the first second is not 0, which stands for the end of the session.
  const expiry = expiresMs === null ? 0 : Math.max(1, Math.floor(secondsOfExpiry(expiresMs)));
  return [domain, flagText(!hostOnly), path, flagText(secure), String(expiry), name, value].join("\t");
}

function flagText(value: boolean): string {
  return value ? "TRUE" : "FALSE";
}

function readFlag(place: string, field: string, given: string): boolean {
  const upper = given.toUpperCase();
  if (upper === "TRUE" || upper === "FALSE") return upper === "TRUE";
  throw wrongField(place, field, "TRUE or FALSE");
}

/** Python writes nothing for a session cookie. */
function readExpiry(place: string, given: string): number | null {
  if (given === "") return null;
  const expiresMs = NUMBER.test(given) ? expiryOfSeconds(Number(given)) : undefined;
  if (expiresMs === undefined) throw wrongField(place, "expiry", EXPIRY_EXPECTED);
  return expiresMs;
}
