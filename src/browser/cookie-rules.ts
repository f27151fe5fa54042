import { HoldfastError } from "../base/errors.ts";
import type { Cookie } from "./cookie.ts";

/** Browsers keep no cookie longer than 400 days. */
const MAX_LIFE_MS = 400 * 24 * 3600 * 1000;
/** Name and value together, in both browsers. */
const MAX_BYTES = 4096;
const MAX_ATTRIBUTE_BYTES = 1024;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f;]/;

/** When a cookie ends in a browser that gets it now. */
export function cappedExpiry(expiresMs: number, nowMs: number): number {
  return Math.min(expiresMs, nowMs + MAX_LIFE_MS);
}

/** Whether a cookie has ended. */
export function isDead(cookie: Cookie, nowMs: number): boolean {
  return cookie.expiresMs !== null && cookie.expiresMs <= nowMs;
}

/**
 * Refuses cookies that a browser would drop, or take for something else, when it finds them in its
 * database, where it does not check all of what it checks when a site sets them.
 *
 * @throws HoldfastError `COOKIE_FILE`, naming the cookie, never its value
 */
export function assertCookies(cookies: readonly Cookie[]): void {
  for (const cookie of cookies) {
    const reason = faultOf(cookie);
    if (reason === null) continue;
    throw new HoldfastError({
      code: "COOKIE_FILE",
      message: `no browser takes cookie ${JSON.stringify(cookie.name)} of ${JSON.stringify(cookie.host)}: ${reason}`,
      hint: "correct the cookie, or leave it out; nothing is written",
    });
  }
}

function faultOf({ name, value, host, hostOnly, path, secure, partition }: Cookie): string | null {
  if (name === "" && value === "") return "it has neither a name nor a value";
  if (name === "" && value.includes("="))
    return "it has no name, and its value would be read as a name and a value";
  if (FORBIDDEN.test(name) || name.includes("=")) return "its name has characters that may not be there";
  if (FORBIDDEN.test(value)) return "its value has characters that may not be there";
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > MAX_BYTES) return "it is too long";
  if (!/^[^\s;,/\\?#@%.][^\s;,/\\?#@%]*$/.test(host) || host !== host.toLowerCase())
    return "its host is no host";
  if (!path.startsWith("/") || FORBIDDEN.test(path)) return "its path does not start with '/'";
  if (Buffer.byteLength(path) > MAX_ATTRIBUTE_BYTES) return "its path is too long";
  if (partition !== null && !secure) return "it is partitioned, but not secure";
  if (partition !== null && !URL.canParse(partition.topLevelSite)) return "its partition is no site";
  if (/^__Secure-/i.test(name) && !secure) return "its name says that it is secure, and it is not";
  if (/^__Host-/i.test(name) && !(secure && hostOnly && path === "/")) {
    return "its name says that it is for one host only, and it is not";
  }
  return null;
}
