import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { ProgressListener } from "../../base/progress.ts";
import { version } from "../../base/version.ts";
import { formatDocument, type JarDocument } from "../../browser/jar-document.ts";
import { type MadeFolder, saveMadeFiles } from "../../capture/save-made-files.ts";
import { readSnapshots } from "../../repository/snapshot.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { SHRUNK_TAG } from "../beside.ts";
import { COOKIES_TAG, newestCookies } from "../newest-snapshot.ts";
import { openOrCreateRepository, type RepositoryAccess, withRepository } from "../open-repository.ts";
import { undisturbed } from "../undisturbed.ts";
import { describeSave, type SaveResult } from "../save.ts";
import { listProfiles, noProfiles, profilesBelow } from "./choose-profile.ts";
import { haveCookiesShrunk, type LoginCounts, type ProfileCounts, profileKey } from "./cookie-shrinkage.ts";
import { cookiePaths, MAX_FILE_BYTES } from "./cookie-snapshot.ts";
import { livingOnly } from "./jar-filter.ts";
import { readProfile } from "./profile-access.ts";
import { refuseLocked } from "./read-cookies.ts";

/** Whose cookies to save, and how. */
export interface SaveCookiesRequest {
  /** The folders whose content is the state; the cookies of every profile in them are saved. */
  readonly state: readonly string[];
  readonly tags?: readonly string[] | undefined;
  /** Take cookies that have become none or much fewer for the good ones. */
  readonly allowShrink?: boolean | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** The cookies of one profile. */
export interface ProfileCookies {
  /** Name of the profile. */
  readonly profile: string;
  readonly cookies: number;
  /** Origins whose localStorage is there too. */
  readonly origins: number;
  /** Origins whose localStorage is not: with it, the file of the profile would be too large. */
  readonly origins_left_out: number;
}

/** What a save did, as `holdfast save --only cookies --json` shows it. */
export interface SaveCookiesResult extends SaveResult {
  readonly profiles: readonly ProfileCookies[];
}

/**
 * Saves the cookies of all profiles, and nothing else, as a snapshot of a few KB. It holds one file for
 * each profile, a storageState of Playwright with what that cannot say beside it, so that the stock
 * restic gets something useful out of it too.
 *
 * Such snapshots live beside those of the whole state, and neither is ever taken for the other. Where
 * the cookies of a profile have become none, or less than half, the snapshot is tagged `shrunk` as that of
 * a state is.
 *
 * @throws {HoldfastError} `CONFIG` when there is no profile, `COOKIE_ENCRYPTED`, `PROFILE_DAMAGED`,
 *   `PROFILE_UNSUPPORTED`, `PROFILE_IN_USE`, and all that `save` throws; no snapshot is made then
 * @example
 * ```ts
 * const { snapshot, bytes } = await saveCookies({ store: "./.holdfast", password, state: ["data"] });
 * console.log(`${snapshot}: ${bytes.stored} bytes stored`);
 * ```
 */
export function saveCookies(options: RepositoryAccess & SaveCookiesRequest): Promise<SaveCookiesResult> {
  const startedMs = performance.now();
  const { state, tags = [], allowShrink = false, signal, onProgress } = options;
  return atBorder("could not save the cookies", async () => {
    checkCancelled({ signal });
    // Looked at before the store is: without a profile, no repository is made.
    if ((await listProfiles(state)).length === 0) throw noProfiles(state);
    const nowMs = Date.now();
    const { folders, profiles, counts } = await makeFolders(state, nowMs);
    return await withRepository(
      options,
      (whole) =>
        undisturbed(whole, { signal }, async (place) => {
          const { repository } = place;
          const { snapshots } = await readSnapshots(repository, { signal });
          const paths = folders.map(({ path }) => path);
          const parent = newestCookies(snapshots, paths);
          const shrunk =
            !allowShrink &&
            (await haveCookiesShrunk(repository, snapshots, paths, counts, { nowMs, signal }));
          const report = await saveMadeFiles(repository, {
            folders,
            parent,
            tags: [COOKIES_TAG, ...tags, ...(shrunk ? [SHRUNK_TAG] : [])],
            programVersion: `holdfast ${version()}`,
            signal,
            onProgress,
          });
          return { ...describeSave(place, { report, parent, mounts: [] }, startedMs), profiles };
        }),
      openOrCreateRepository,
    );
  });
}

interface Made {
  readonly folders: readonly MadeFolder[];
  readonly profiles: readonly ProfileCookies[];
  /** All that there is, whether or not it has a place in the files. */
  readonly counts: ProfileCounts;
}

async function makeFolders(state: readonly string[], nowMs: number): Promise<Made> {
  const folders: MadeFolder[] = [];
  const profiles: ProfileCookies[] = [];
  const counts = new Map<string, LoginCounts>();
  for (const path of cookiePaths(state)) {
    const files = new Map<string, Uint8Array>();
    const prefix = state.length === 1 ? "" : dirname(path);
    for (const profile of await profilesBelow(dirname(path))) {
      const { jar: whole, locked } = await readProfile(profile);
      refuseLocked(profile, locked, []);
      const { jar } = livingOnly(whole, nowMs);
      const { name, kind, relative, inner } = profile;
      const origin = { browser: kind, folder: relative, profile: inner };
      const { bytes, origins } = fileOf({ origin, jar });
      const found = { cookies: jar.cookies.length, origins: jar.localStorage.length };
      counts.set(profileKey(dirname(path), origin), found);
      const { cookies, origins: all } = found;
      profiles.push({ profile: join(prefix, name), cookies, origins, origins_left_out: all - origins });
      if (cookies + origins > 0) files.set(fileNameOf(name), bytes);
    }
    folders.push({ path, files });
  }
  return { folders, profiles, counts };
}

/** Cookies are what a login needs: localStorage is left out where it makes the file too large to be read. */
function fileOf({ origin, jar }: JarDocument): { readonly bytes: Buffer; readonly origins: number } {
  const bytes = Buffer.from(formatDocument({ origin, jar }));
  if (bytes.length <= MAX_FILE_BYTES) return { bytes, origins: jar.localStorage.length };
  const cookiesOnly = { cookies: jar.cookies, localStorage: [] };
  return { bytes: Buffer.from(formatDocument({ origin, jar: cookiesOnly })), origins: 0 };
}

const MAX_NAME_CHARACTERS = 200;

/** The name of a profile as one component of a path; the whole of it is in the file. */
function fileNameOf(name: string): string {
  const flat = encodeURIComponent(name === "." ? "profile" : name);
  const isShort = flat.length <= MAX_NAME_CHARACTERS;
  return `${isShort ? flat : createHash("sha256").update(name).digest("hex")}.json`;
}
