import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CookieJar } from "../../browser/cookie.ts";
import {
  createProfile,
  readProfileCookies,
  type ReadProfile,
  writeProfileJar,
} from "../../browser/databases/profile.ts";
import { readLocalStorage } from "../../browser/local-storage/local-storage.ts";
import { keepSessionCookies } from "../../browser/session-cookies.ts";
import type { CookieProfile } from "./choose-profile.ts";
import { writePrivateFile } from "./private-file.ts";

type Place = Pick<CookieProfile, "kind" | "path" | "inner">;

/**
 * Reads the cookies and the localStorage of a profile, whether its browser runs or not.
 *
 * @throws {HoldfastError} `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, `PERMISSION`
 */
export async function readProfile(profile: Place): Promise<ReadProfile> {
  const { jar, locked } = await readCookiesOf(profile);
  return { jar: { ...jar, localStorage: await readLocalStorage(likeOf(profile)) }, locked };
}

/** Reads the cookies of a profile only, as {@link readProfile} does. */
export function readCookiesOf(profile: Place): Promise<ReadProfile> {
  return readProfileCookies(likeOf(profile));
}

/**
 * Adds cookies and localStorage to a profile whose browser does not run.
 *
 * @throws {HoldfastError} `COOKIE_FILE`, `PROFILE_IN_USE`, `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`,
 *   `COOKIE_ENCRYPTED`; nothing is written then
 */
export async function writeProfile(profile: Place, jar: CookieJar): Promise<void> {
  await writeProfileJar(likeOf(profile), jar);
}

/**
 * Makes a profile that is logged in at its first start.
 *
 * @throws {HoldfastError} `TARGET_NOT_EMPTY`, and as {@link writeProfile}; nothing is there then
 */
export async function makeProfile({ kind, path, inner }: Place, jar: CookieJar): Promise<void> {
  if (inner === null || inner === "Default") await createProfile(kind, path, jar.cookies, jar.localStorage);
  else {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await writeProfile({ kind, path, inner }, jar);
  }
  // By this file a user-data folder is known for one, also before the first start of the browser.
  if (kind === "chromium") await writePrivateFile(join(path, "Local State"), "{}");
  if (jar.cookies.every(({ expiresMs }) => expiresMs !== null)) return;
  // The browser drops cookies of the session at its start, unless it is told to go on where it left off.
  const [name, content] = kind === "chromium" ? [join(inner ?? "", "Preferences"), "{}"] : ["prefs.js", ""];
  await writePrivateFile(join(path, name), content);
  keepSessionCookies(path, { kind, profiles: inner === null ? [] : [inner] });
}

function likeOf({ kind, path, inner }: Place): {
  readonly kind: Place["kind"];
  readonly path: string;
  readonly profiles?: readonly string[];
} {
  return inner === null ? { kind, path } : { kind, path, profiles: [inner] };
}
