import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../base/errors.ts";
import { fileError } from "../../base/file-error.ts";
import type { Cookie, CookieJar, OriginStorage } from "../cookie.ts";
import { planLocalStorage } from "../local-storage/local-storage.ts";
import { type LockedCookie, readChromiumCookies, writeChromiumCookies } from "./chromium.ts";
import { assertCookies } from "../cookie-rules.ts";
import { readFirefoxCookies, writeFirefoxCookies } from "./firefox.ts";
import { declareContainers } from "./firefox-containers.ts";
import { assertNotInUse } from "./in-use.ts";

/** The family of a browser: Chrome, Edge and Brave are Chromium, Camoufox is Firefox. */
export type BrowserKind = "chromium" | "firefox";

/** Where the cookies of a browser are. */
export interface BrowserProfileLike {
  readonly kind: BrowserKind;
  /** The folder of all profiles for Chromium (`--user-data-dir`), the profile folder for Firefox. */
  readonly path: string;
  /** Chromium only: the profile folders to read; the first one is written to. `Default` when left out. */
  readonly profiles?: readonly string[];
}

/** What a profile has. */
export interface ReadProfile {
  readonly jar: CookieJar;
  /** Cookies that only a keyring can open: they are in the profile, but not in the jar. */
  readonly locked: readonly LockedCookie[];
}

/**
 * Reads the cookies of a profile, whether its browser runs or not, from a private copy. A running
 * Chromium writes new cookies after up to 30 seconds.
 *
 * @throws HoldfastError `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, `PERMISSION`
 */
export async function readProfileCookies(profile: BrowserProfileLike): Promise<ReadProfile> {
  if (profile.kind === "firefox") {
    const cookies = await readFirefoxCookies(profile.path);
    return { jar: { cookies, localStorage: [] }, locked: [] };
  }
  const parts = [];
  for (const folder of foldersOf(profile)) parts.push(await readChromiumCookies(folder));
  const cookies = parts.flatMap((part) => part.cookies);
  return { jar: { cookies, localStorage: [] }, locked: parts.flatMap((part) => part.locked) };
}

/**
 * Puts cookies into the profile of a browser that does not run, in place of those with the same name,
 * host, path and partition: all of them, or none. Those that have ended only remove.
 *
 * @throws HoldfastError `COOKIE_FILE`, `PROFILE_IN_USE`, `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`,
 *   `COOKIE_ENCRYPTED`, and then nothing is written
 */
export async function writeProfileCookies(
  profile: BrowserProfileLike,
  cookies: readonly Cookie[],
): Promise<void> {
  assertCookies(cookies);
  await assertNotInUse(profile.path).catch((error: unknown) => {
    throw fileError(error, `could not look at '${profile.path}'`);
  });
  const nowMs = Date.now();
  if (profile.kind === "firefox") await writeFirefoxCookies(profile.path, cookies, nowMs);
  else await writeChromiumCookies(foldersOf(profile)[0] ?? profile.path, cookies, nowMs);
}

/**
 * Puts cookies as {@link writeProfileCookies} does, and items into localStorage. All of it is looked at
 * before anything is written.
 *
 * @throws HoldfastError as both {@link writeProfileCookies} and `writeLocalStorage`
 */
export async function writeProfileJar(profile: BrowserProfileLike, jar: CookieJar): Promise<void> {
  const writeStorage = await planLocalStorage(profile, jar.localStorage);
  await writeProfileCookies(profile, jar.cookies);
  await writeStorage();
}

/**
 * Makes a profile with nothing but cookies and localStorage, as the browser itself would, so that its
 * first start is already logged in. On a failure nothing stays.
 *
 * @param path missing or empty; see {@link BrowserProfileLike}
 * @throws HoldfastError `TARGET_NOT_EMPTY`, and as {@link writeProfileCookies}
 */
export async function createProfile(
  kind: BrowserKind,
  path: string,
  cookies: readonly Cookie[],
  localStorage: readonly OriginStorage[] = [],
): Promise<void> {
  assertCookies(cookies);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await refuseUsed(path);
  } catch (error) {
    throw fileError(error, `could not make '${path}'`);
  }
  try {
    if (kind === "firefox") await declareContainers(path, cookies);
    await writeProfileJar({ kind, path }, { cookies, localStorage });
  } catch (error) {
    for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
    throw error;
  }
}

async function refuseUsed(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) return;
  throw new HoldfastError({
    code: "TARGET_NOT_EMPTY",
    message: `'${path}' is not empty`,
    hint: "name a folder that does not exist yet, or an existing profile",
  });
}

function foldersOf({ path, profiles }: BrowserProfileLike): string[] {
  return (profiles ?? ["Default"]).map((name) => join(path, name));
}
