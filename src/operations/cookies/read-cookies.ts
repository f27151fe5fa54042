import { HoldfastError } from "../../base/errors.ts";
import type { CookieJar } from "../../browser/cookie.ts";
import type { LockedCookie } from "../../browser/databases/chromium.ts";
import { readBrowser } from "../../browser/live/browser.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import type { CallOptions } from "../../stores/store.ts";
import { atBorder } from "../border.ts";
import { chooseProfile, type CookieProfile } from "./choose-profile.ts";
import { domainOf, isWithin, livingOnly, withinDomains } from "./jar-filter.ts";
import { readProfile } from "./profile-access.ts";
import { signalOption } from "./signal-option.ts";

/** The browser whose cookies are meant: the only profile of the state when neither is named. */
export interface BrowserChoice extends CallOptions {
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /** A profile: its path below the state folder, or any path. */
  readonly profile?: string | undefined;
  /** A running browser: the address where it can be driven, for example `http://127.0.0.1:9222`. */
  readonly connect?: string | undefined;
}

/** Whose cookies to read, and which. */
export interface ReadCookiesRequest extends BrowserChoice {
  /** Only those of these domains and of what is below them; all when there are none. */
  readonly domains?: readonly string[] | undefined;
}

/** What {@link readCookies} found. */
export interface CookieReading {
  /** Name of the profile, or the address of the browser. */
  readonly from: string;
  /** Without what has expired. */
  readonly jar: CookieJar;
  /** How many cookies had expired. */
  readonly expired: number;
}

/**
 * Reads the cookies of a browser: from its profile on the disk, whether it runs or not, or from the
 * running browser itself, which also knows those that it never writes down.
 *
 * @throws {HoldfastError} `CONFIG` when the profile is not clear, `COOKIE_ENCRYPTED` when one of the
 *   cookies is locked with a keyring, `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, `PROFILE_IN_USE`,
 *   `BROWSER_UNREACHABLE`, `PERMISSION`, `CANCELLED`
 * @example
 * ```ts
 * const { jar } = await readCookies({ state: ["data"], domains: ["example.com"] });
 * console.log(`${jar.cookies.length} cookies`);
 * ```
 */
export function readCookies(request: ReadCookiesRequest): Promise<CookieReading> {
  return atBorder("could not read the cookies", async () => {
    const { state, profile, connect, domains = [], signal } = request;
    checkCancelled({ signal });
    domains.map(domainOf);
    if (connect !== undefined) {
      refuseBoth(profile);
      const all = await readBrowser(connect, signalOption(signal));
      return { from: originOf(connect), ...livingOnly(withinDomains(all, domains), Date.now()) };
    }
    const chosen = await chooseProfile(state, profile);
    const { jar, locked } = await readProfile(chosen);
    refuseLocked(chosen, locked, domains);
    return { from: chosen.name, ...livingOnly(withinDomains(jar, domains), Date.now()) };
  });
}

/** @throws {HoldfastError} `COOKIE_ENCRYPTED` when a cookie of these domains is locked */
export function refuseLocked(
  { name }: CookieProfile,
  locked: readonly LockedCookie[],
  domains: readonly string[],
): void {
  const wanted = domains.map(domainOf);
  const those = locked.filter(
    ({ host }) => wanted.length === 0 || wanted.some((domain) => isWithin(host, domain)),
  );
  if (those.length === 0) return;
  const hosts = [...new Set(those.map(({ host }) => host))];
  const others = hosts.length > 3 ? ` and ${hosts.length - 3} more` : "";
  throw new HoldfastError({
    code: "COOKIE_ENCRYPTED",
    message: `the profile ${name} has cookies that only the keyring of another machine opens: ${hosts.slice(0, 3).join(", ")}${others}`,
    hint: "start the browser with --password-store=basic and log in again, or name other sites with --domain",
  });
}

/** @throws {HoldfastError} `CONFIG` when a profile is named beside a running browser */
export function refuseBoth(profile: string | undefined): void {
  if (profile === undefined) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "both a profile and a running browser are named",
    hint: "leave out --profile or --connect",
  });
}

/** Where a browser is, without what may be secret. */
export function originOf(address: string): string {
  if (!URL.canParse(address)) return "the browser";
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}
