import { domainToASCII } from "node:url";
import { HoldfastError } from "../../base/errors.ts";
import type { Cookie, CookieJar } from "../../browser/cookie.ts";

/** A jar, and how many cookies were left out because they had expired. */
export interface LivingJar {
  readonly jar: CookieJar;
  readonly expired: number;
}

/** Without the cookies that no browser would send any more. */
export function livingOnly(jar: CookieJar, nowMs: number): LivingJar {
  const cookies = jar.cookies.filter((cookie) => !isExpired(cookie, nowMs));
  return { jar: { ...jar, cookies }, expired: jar.cookies.length - cookies.length };
}

/** Whether a cookie has expired; one of the session never has. */
export function isExpired({ expiresMs }: Pick<Cookie, "expiresMs">, nowMs: number): boolean {
  return expiresMs !== null && expiresMs <= nowMs;
}

/**
 * Only what belongs to some domains and to the hosts below them; everything when none is named.
 *
 * @throws {HoldfastError} `CONFIG` for what is no domain
 */
export function withinDomains(jar: CookieJar, domains: readonly string[]): CookieJar {
  if (domains.length === 0) return jar;
  const wanted = domains.map(domainOf);
  const isWanted = (host: string): boolean => wanted.some((domain) => isWithin(host, domain));
  return {
    cookies: jar.cookies.filter(({ host }) => isWanted(host)),
    localStorage: jar.localStorage.filter(({ origin }) => isWanted(hostOf(origin))),
  };
}

/**
 * A domain as cookies have it: `.Example.com` is `example.com`, letters of other scripts are punycode.
 *
 * @throws {HoldfastError} `CONFIG` when it is none
 */
export function domainOf(text: string): string {
  const domain = text.startsWith("[") ? text.toLowerCase() : domainToASCII(text.replace(/^\./, ""));
  if (domain !== "" && !/[/?#\\\s]/.test(text)) return domain;
  throw new HoldfastError({
    code: "CONFIG",
    message: `'${text}' is not a domain`,
    hint: "name one without scheme, port and path, for example: example.com",
  });
}

/** Whether a host is a domain or below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}
