import type { Cookie } from "../../browser/cookie.ts";
import type { LockedCookie } from "../../browser/databases/chromium.ts";
import type { BrowserKind } from "../../browser/find-profiles.ts";
import { readBrowser } from "../../browser/live/browser.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { chooseProfile, listProfiles } from "./choose-profile.ts";
import { isExpired } from "./jar-filter.ts";
import { readCookiesOf } from "./profile-access.ts";
import { type BrowserChoice, originOf, refuseBoth } from "./read-cookies.ts";
import { signalOption } from "./signal-option.ts";
import { judgeSite, parseWatch, timeOf, type WatchedSite } from "./watched-sites.ts";

/** Whose cookies to look at: all profiles of the state when neither one nor a browser is named. */
export interface CookieStatusRequest extends BrowserChoice {
  /** Sites whose login matters: `example.com`, or `example.com:name` for one cookie of it. */
  readonly watch?: readonly string[] | undefined;
}

/** What becomes of a cookie; `locked` ones can only be read with the keyring of the machine they are from. */
export type CookieState = "living" | "session" | "expired" | "locked";

/** A cookie, without its value. */
export interface CookieInfo {
  readonly name: string;
  readonly host: string;
  readonly state: CookieState;
  /** RFC 3339; `null` for one that ends with the browser's session, or when it is not known. */
  readonly expires: string | null;
  /** The site in whose tabs a partitioned cookie counts, else `null`. */
  readonly partition: string | null;
  /** Firefox's container; 0 outside of containers. */
  readonly container: number;
}

/** The cookies of one site. */
export interface SiteInfo {
  /** Registrable domain, or the host where there is none. */
  readonly site: string;
  /** The first and the last time that one of its living cookies expires; `null` when none does. */
  readonly first_expiry: string | null;
  readonly last_expiry: string | null;
  readonly cookies: readonly CookieInfo[];
}

/** The cookies of one browser. */
export interface ProfileStatus {
  /** Name of the profile, or address of the browser. */
  readonly profile: string;
  /** `null` for a running browser. */
  readonly kind: BrowserKind | null;
  /** By name. */
  readonly sites: readonly SiteInfo[];
}

/** What {@link cookieStatus} found, as `holdfast cookies status --json` shows it. */
export interface CookieStatusResult {
  readonly profiles: readonly ProfileStatus[];
  readonly watched: readonly WatchedSite[];
}

/**
 * Looks at the cookies of browsers: which are alive, and until when. Values are not part of the result.
 *
 * @throws {HoldfastError} `CONFIG`, `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, `PROFILE_IN_USE`,
 *   `BROWSER_UNREACHABLE`, `PERMISSION`, `CANCELLED`
 * @example
 * ```ts
 * const { watched } = await cookieStatus({ state: ["data"], watch: ["example.com:session"] });
 * if (watched.some(({ logged_in }) => !logged_in)) console.log("log in again");
 * ```
 */
export function cookieStatus(request: CookieStatusRequest): Promise<CookieStatusResult> {
  return atBorder("could not look at the cookies", async () => {
    checkCancelled(request);
    const watches = (request.watch ?? []).map(parseWatch);
    const { getDomain } = await import("tldts");
    const siteOf = (host: string): string => getDomain(host, { allowPrivateDomains: true }) ?? host;
    const nowMs = Date.now();
    const found = await readAll(request);
    const profiles = found.map(({ profile, kind, cookies, locked }) => {
      const all = [...cookies.map((cookie) => infoOf(cookie, nowMs)), ...locked.map(lockedInfo)];
      return { profile, kind, sites: bySite(all, siteOf) };
    });
    const living = found.flatMap(({ cookies }) => cookies.filter((cookie) => !isExpired(cookie, nowMs)));
    return { profiles, watched: watches.map((watch) => judgeSite(watch, living)) };
  });
}

interface Found {
  readonly profile: string;
  readonly kind: BrowserKind | null;
  readonly cookies: readonly Cookie[];
  readonly locked: readonly LockedCookie[];
}

async function readAll({ state, profile, connect, signal }: CookieStatusRequest): Promise<Found[]> {
  if (connect !== undefined) {
    refuseBoth(profile);
    const { cookies } = await readBrowser(connect, signalOption(signal));
    return [{ profile: originOf(connect), kind: null, cookies, locked: [] }];
  }
  const chosen = profile === undefined ? await listProfiles(state) : [await chooseProfile(state, profile)];
  const found: Found[] = [];
  for (const each of chosen) {
    checkCancelled({ signal });
    const { jar, locked } = await readCookiesOf(each);
    found.push({ profile: each.name, kind: each.kind, cookies: jar.cookies, locked });
  }
  return found;
}

function infoOf(cookie: Cookie, nowMs: number): CookieInfo {
  const { name, host, expiresMs, partition, container } = cookie;
  const living = expiresMs === null ? "session" : "living";
  return {
    name,
    host,
    state: isExpired(cookie, nowMs) ? "expired" : living,
    expires: expiresMs === null ? null : timeOf(expiresMs),
    partition: partition?.topLevelSite ?? null,
    container,
  };
}

function lockedInfo({ name, host }: LockedCookie): CookieInfo {
  return { name, host, state: "locked", expires: null, partition: null, container: 0 };
}

function bySite(cookies: readonly CookieInfo[], siteOf: (host: string) => string): SiteInfo[] {
  const groups = Map.groupBy(cookies, ({ host }) => siteOf(host));
  const sites = [...groups].map(([site, group]): SiteInfo => {
    const { first_expiry: first, last_expiry: last } = expiries(group);
    return { site, first_expiry: first, last_expiry: last, cookies: group.sort(byHostAndName) };
  });
  return sites.sort((a, b) => compare(a.site, b.site));
}

function expiries(cookies: readonly CookieInfo[]): Pick<SiteInfo, "first_expiry" | "last_expiry"> {
  const times = cookies.filter(({ state }) => state === "living").map(({ expires }) => expires);
  const sorted = times.filter((time) => time !== null).sort((a, b) => Date.parse(a) - Date.parse(b));
  return { first_expiry: sorted[0] ?? null, last_expiry: sorted.at(-1) ?? null };
}

function byHostAndName(left: CookieInfo, right: CookieInfo): number {
  return compare(`${left.host} ${left.name}`, `${right.host} ${right.name}`);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
