import { HoldfastError } from "../../base/errors.ts";
import type { CookieJar, OriginStorage } from "../../browser/cookie.ts";
import type { BrowserKind } from "../../browser/find-profiles.ts";
import { pullFromCookieCloud } from "../../browser/formats/cookie-cloud-server.ts";
import { parseCookies } from "../../browser/formats/cookie-files.ts";
import type { CookieFormat } from "../../browser/formats/fitting.ts";
import { writeBrowser } from "../../browser/live/browser.ts";
import { isWebOrigin } from "../../browser/local-storage/origins.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { chooseProfile } from "./choose-profile.ts";
import type { CookieCloudAccess } from "./export-cookies.ts";
import { freshFolder } from "./fresh-folder.ts";
import { domainOf, livingOnly, withinDomains } from "./jar-filter.ts";
import { readCookieFile } from "./private-file.ts";
import { makeProfile, writeProfile } from "./profile-access.ts";
import { type BrowserChoice, originOf, refuseBoth } from "./read-cookies.ts";
import { openSealedCookies } from "./sealed-cookies.ts";
import { signalOption } from "./signal-option.ts";

/** Where cookies to import come from; a format that is not named is recognised. */
export type ImportSource =
  | { readonly kind: "file"; readonly path: string; readonly format?: CookieFormat | undefined }
  | { readonly kind: "text"; readonly text: string; readonly format?: CookieFormat | undefined }
  | { readonly kind: "jar"; readonly jar: CookieJar }
  /** What `sealCookies` made. */
  | { readonly kind: "line"; readonly line: string; readonly password: string }
  | ({ readonly kind: "cookiecloud" } & CookieCloudAccess);

/** Which cookies to import, and into which browser. */
export interface ImportCookiesRequest extends BrowserChoice {
  readonly from: ImportSource;
  /** Only those of these domains and of what is below them; all when there are none. */
  readonly domains?: readonly string[] | undefined;
  /**
   * Make a new profile for this kind of browser, at `profile` (a path below the state folder), or where
   * the kind says: `chromium` or `firefox`.
   */
  readonly fresh?: BrowserKind | undefined;
}

/** What an import did, as `holdfast cookies import --json` shows it. */
export interface ImportCookiesResult {
  /** Path of the file or address of the server; `null` for a text. */
  readonly from: string | null;
  /** Name of the profile, or address of the browser. */
  readonly to: string;
  /** The profile was made by this import. */
  readonly created: boolean;
  readonly cookies: number;
  /** How many of them end with the session of the browser. */
  readonly session_only: number;
  /** Origins whose localStorage was imported. */
  readonly origins: number;
  /** Cookies that were left out because they had expired. */
  readonly expired: number;
  /** Origins whose localStorage was left out: what is no web site can only be given to a running browser. */
  readonly origins_left_out: number;
}

/**
 * Imports cookies into a browser: they take the place of those with the same name, host and path, and
 * the others stay. All of them are read and understood before anything is written.
 *
 * @throws {HoldfastError} `COOKIE_FILE`, `CONFIG`, `WRONG_PASSWORD`, `PROFILE_IN_USE`,
 *   `PROFILE_UNSUPPORTED`, `PROFILE_DAMAGED`, `COOKIE_ENCRYPTED`, `TARGET_NOT_EMPTY` when a new profile
 *   would replace something, `BROWSER_UNREACHABLE`, `STORE_UNREACHABLE` and `STORE_AUTH` for a server,
 *   `PERMISSION`, `DISK_FULL`, `CANCELLED`; nothing was written then
 * @example
 * ```ts
 * await importCookies({ state: ["data"], from: { kind: "file", path: "cookies.json" }, fresh: "firefox" });
 * ```
 */
export function importCookies(request: ImportCookiesRequest): Promise<ImportCookiesResult> {
  return atBorder("could not import the cookies", async () => {
    const { domains = [] } = request;
    checkCancelled(request);
    domains.map(domainOf);
    const all = await fetchJar(request.from, request.signal);
    const { jar, expired } = livingOnly(withinDomains(all, domains), Date.now());
    checkCancelled(request);
    const { to, created } = await put(jar, request);
    const { cookies, localStorage } = jar;
    const isTaken = ({ origin }: OriginStorage): boolean =>
      request.connect !== undefined || isWebOrigin(origin);
    const origins = localStorage.filter(isTaken).length;
    return {
      from: sourceName(request.from),
      to,
      created,
      cookies: cookies.length,
      session_only: cookies.filter(({ expiresMs }) => expiresMs === null).length,
      origins,
      expired,
      origins_left_out: localStorage.length - origins,
    };
  });
}

async function fetchJar(source: ImportSource, signal: AbortSignal | undefined): Promise<CookieJar> {
  if (source.kind === "file") return parseCookies(await readCookieFile(source.path), source.format);
  if (source.kind === "text") return parseCookies(source.text, source.format);
  if (source.kind === "jar") return source.jar;
  if (source.kind === "line") return await openSealedCookies(source.line, source.password);
  const { server, uuid, password } = source;
  return await pullFromCookieCloud(server, { uuid, password }, signalOption(signal));
}

function sourceName(source: ImportSource): string | null {
  if (source.kind === "file") return source.path;
  return source.kind === "cookiecloud" ? originOf(source.server) : null;
}

async function put(
  jar: CookieJar,
  { state, profile, connect, fresh, signal }: ImportCookiesRequest,
): Promise<{ readonly to: string; readonly created: boolean }> {
  if (connect !== undefined) {
    refuseBoth(profile);
    if (fresh !== undefined) throw freshAndRunning();
    await writeBrowser(connect, jar, signalOption(signal));
    return { to: originOf(connect), created: false };
  }
  if (fresh !== undefined) {
    const { name, path } = freshFolder(state, profile ?? fresh);
    await makeProfile({ kind: fresh, path, inner: fresh === "chromium" ? "Default" : null }, jar);
    return { to: name, created: true };
  }
  const chosen = await chooseProfile(state, profile);
  await writeProfile(chosen, jar);
  return { to: chosen.name, created: false };
}

function freshAndRunning(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "both a new profile and a running browser are asked for",
    hint: "leave out --fresh or --connect",
  });
}
