import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { isAbsolute, join, resolve, sep } from "node:path";
import { type BrowserKind } from "../../browser/find-profiles.ts";
import { seemsInstalled } from "../../browser/installed-browsers.ts";
import { readText } from "../../browser/profile-tree.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import type { CallOptions } from "../../stores/store.ts";
import { atBorder } from "../border.ts";
import { chooseProfile, type CookieProfile, listProfiles } from "./choose-profile.ts";
import { freshFolder } from "./fresh-folder.ts";
import { livingOnly } from "./jar-filter.ts";
import { writePrivateFile } from "./private-file.ts";
import { makeProfile, writeProfile } from "./profile-access.ts";
import { openSealedCookies } from "./sealed-cookies.ts";

/** Where the cookies that the host gives go to. */
export interface GivenCookiesRequest extends CallOptions {
  /** The folders whose content is the state; they need not be there yet. */
  readonly state: readonly string[];
  /** What the cookies were sealed with. */
  readonly password: string;
  /** A profile, as `--profile` names it; it is made when it is not there. The only one when left out. */
  readonly profile?: string | undefined;
  /** Which browser a profile that has to be made is for; told from its name, or from what is installed. */
  readonly fresh?: BrowserKind | undefined;
}

/** What became of the cookies that the host gives. */
export interface GivenCookiesResult {
  /**
   * `imported`; `known`: the profile has had this line already, and its own cookies are newer; `expired`:
   * none of them is alive; `no-profile`: there is none yet, and it is not clear where to make which one.
   */
  readonly outcome: "imported" | "known" | "expired" | "no-profile";
  /** Name of the profile; `null` without one. */
  readonly profile: string | null;
  /** The profile was made. */
  readonly created: boolean;
  /** How many were imported. */
  readonly cookies: number;
  /** How many were left out because they had expired. */
  readonly expired: number;
}

const VARIABLE = "HOLDFAST_COOKIES";

/**
 * In the profile, so that it is saved, restored and removed together with the cookies: a hash of the line
 * that was imported last. Of the line, sealed with random bytes, it tells nothing.
 */
const MARK_FILE = ".holdfast-given-cookies";

/**
 * Imports the cookies that the variable `HOLDFAST_COOKIES` holds, as `holdfast cookies export --env` prints
 * them, into a profile whose browser does not run: once for each line and profile. A profile that has had
 * this line is left alone, because sites renew cookies, and old ones would log the user out. A new line
 * wins over what is in the profile: somebody has exported a new login.
 *
 * @returns `null` when the variable is not given
 * @throws {HoldfastError} `COOKIE_FILE` for what is no such line, `WRONG_PASSWORD`, `CONFIG` without a
 *   password or when it is not clear which profile is meant, `TARGET_NOT_EMPTY`, `PROFILE_IN_USE`,
 *   `PROFILE_UNSUPPORTED`, `PROFILE_DAMAGED`, `COOKIE_ENCRYPTED`, `PERMISSION`, `DISK_FULL`, `CANCELLED`;
 *   nothing was imported then
 */
export function importGivenCookies(
  environment: Readonly<Record<string, string | undefined>>,
  request: GivenCookiesRequest,
): Promise<GivenCookiesResult | null> {
  return atBorder(`could not import the cookies in ${VARIABLE}`, async () => {
    const line = environment[VARIABLE]?.trim() ?? "";
    if (line === "") return null;
    checkCancelled(request);
    const target = await findTarget(environment, request);
    if (target === null) return resultOf("no-profile", null);
    const { profile, isThere } = target;
    const mark = createHash("sha256").update(line).digest("hex");
    const folder = profile.inner === null ? profile.path : join(profile.path, profile.inner);
    if (isThere && readText(join(folder, MARK_FILE))?.trim() === mark) return resultOf("known", profile.name);
    const all = await openSealedCookies(line, request.password);
    const { jar, expired } = livingOnly(all, Date.now());
    const { length: cookies } = jar.cookies;
    const isEmpty = cookies === 0 && jar.localStorage.length === 0;
    if (isEmpty) return { ...resultOf("expired", profile.name), expired };
    checkCancelled(request);
    await (isThere ? writeProfile(profile, jar) : makeProfile(profile, jar));
    await writePrivateFile(join(folder, MARK_FILE), `${mark}\n`);
    return { ...resultOf("imported", profile.name), created: !isThere, cookies, expired };
  });
}

function resultOf(outcome: GivenCookiesResult["outcome"], profile: string | null): GivenCookiesResult {
  return { outcome, profile, created: false, cookies: 0, expired: 0 };
}

type Place = Pick<CookieProfile, "name" | "kind" | "path" | "inner">;

/** `null` when there is no profile, and none can be made. */
async function findTarget(
  environment: Readonly<Record<string, string | undefined>>,
  { state, profile: wanted, fresh }: GivenCookiesRequest,
): Promise<{ readonly profile: Place; readonly isThere: boolean } | null> {
  const there = state.filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true);
  if (wanted === undefined) {
    const isNone = (await listProfiles(there)).length === 0;
    return isNone ? null : { profile: await chooseProfile(there, undefined), isThere: true };
  }
  const places = [wanted, ...state.map((folder) => join(folder, wanted))];
  if (places.some((place) => !isEmptyPlace(place))) {
    return { profile: await chooseProfile(there, wanted), isThere: true };
  }
  const kind = fresh ?? kindOf(wanted, environment);
  if (kind === null) return null;
  const { name, path } = freshFolder(state, isInState(wanted, state) ? resolve(wanted) : wanted);
  return { profile: { name, kind, path, inner: kind === "chromium" ? "Default" : null }, isThere: false };
}

function isEmptyPlace(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Written from the working folder on, as a path that the shell has completed. */
function isInState(path: string, state: readonly string[]): boolean {
  return !isAbsolute(path) && state.some((folder) => resolve(path).startsWith(resolve(folder) + sep));
}

/** By the name of the profile, else by the only family of browsers that is installed. */
function kindOf(name: string, environment: Readonly<Record<string, string | undefined>>): BrowserKind | null {
  if (/firefox|camoufox|librewolf|mozilla/i.test(name)) return "firefox";
  if (/chrom|edge|brave/i.test(name)) return "chromium";
  const kinds = (["chromium", "firefox"] as const).filter((kind) => seemsInstalled(kind, environment));
  return kinds.length === 1 ? (kinds[0] ?? null) : null;
}
