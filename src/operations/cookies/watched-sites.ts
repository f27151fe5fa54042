import { HoldfastError } from "../../base/errors.ts";
import type { Cookie } from "../../browser/cookie.ts";
import { domainOf, isWithin } from "./jar-filter.ts";

/** Whether a watched site is still logged in: it has a living cookie, or one of the session. */
export interface WatchedSite {
  readonly site: string;
  /** The cookie that is watched; `null` for any. */
  readonly cookie: string | null;
  readonly logged_in: boolean;
  /** When the last of the watched cookies expires, RFC 3339; `null` when all end with the session. */
  readonly expires: string | null;
}

/** A site to watch, and perhaps one cookie of it. */
export interface Watch {
  readonly site: string;
  readonly domain: string;
  /** `null` for any. */
  readonly cookie: string | null;
}

/**
 * Reads `example.com` or `example.com:cookie`.
 *
 * @throws {HoldfastError} `CONFIG`
 */
export function parseWatch(text: string): Watch {
  const [, host = "", cookie = ""] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (host === "") {
    throw new HoldfastError({
      code: "CONFIG",
      message: `'${text}' names no site to watch`,
      hint: "name a site, or a site and one of its cookies, for example: --watch example.com:session",
    });
  }
  const site = cookie === "" ? text : host;
  return { site, domain: domainOf(host), cookie: cookie === "" ? null : cookie };
}

/**
 * Whether a watched site is logged in.
 *
 * @param living cookies that have not expired and that this machine can open
 */
export function judgeSite(
  { site, domain, cookie }: Watch,
  living: readonly Pick<Cookie, "name" | "host" | "expiresMs">[],
): WatchedSite {
  const those = living.filter(
    ({ host, name }) =>
      // A cookie of example.com reaches www.example.com too.
      (isWithin(host, domain) || isWithin(domain, host)) && (cookie === null || name === cookie),
  );
  const expiries = those.map(({ expiresMs }) => expiresMs).filter((expiresMs) => expiresMs !== null);
  const expires = expiries.length === 0 ? null : timeOf(Math.max(...expiries));
  return { site, cookie, logged_in: those.length > 0, expires };
}

/** The largest time that JavaScript knows; some sites ask for more. */
const MAX_TIME_MS = 8.64e15;

/** A time as results show it, RFC 3339. */
export function timeOf(ms: number): string {
  return new Date(Math.min(Math.max(ms, -MAX_TIME_MS), MAX_TIME_MS)).toISOString();
}
