import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { isHoldfastError } from "../../base/errors.ts";
import type { ProgressListener } from "../../base/progress.ts";
import { version } from "../../base/version.ts";
import { formatDocument, type JarDocument } from "../../browser/jar-document.ts";
import { type MadeFolder, saveMadeFiles } from "../../capture/save-made-files.ts";
import { BlobIndex } from "../../repository/blob-index.ts";
import { loadIndex } from "../../repository/index-files.ts";
import type { Repository } from "../../repository/repository.ts";
import { readSnapshots, type Snapshot } from "../../repository/snapshot.ts";
import type { CallOptions } from "../../stores/store.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { COOKIES_TAG, newestCookies, SHRUNK_TAG } from "../newest-snapshot.ts";
import { openOrCreateRepository, type RepositoryAccess, withRepository } from "../open-repository.ts";
import { undisturbed } from "../undisturbed.ts";
import { describeSave, type SaveResult } from "../save.ts";
import { listProfiles, noProfiles, profilesBelow } from "./choose-profile.ts";
import { cookiePaths, MAX_FILE_BYTES, readCookieSnapshot } from "./cookie-snapshot.ts";
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
}

/** What a save did, as `holdfast save --only cookies --json` shows it. */
export interface SaveCookiesResult extends SaveResult {
  readonly profiles: readonly ProfileCookies[];
}

/** So many cookies, or origins, may become fewer, but not none. */
const FEW = 4;

/**
 * Saves the cookies of all profiles, and nothing else, as a snapshot of a few KB. It holds one file for
 * each profile, a storageState of Playwright with what that cannot say beside it, so that the stock
 * restic gets something useful out of it too.
 *
 * Such snapshots live beside those of the whole state, and neither is ever taken for the other. Where
 * cookies have become none, or less than half, the snapshot is tagged `shrunk` as that of a state is.
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
    const { folders, profiles } = await makeFolders(state);
    return await withRepository(
      options,
      (whole) =>
        undisturbed(whole, { signal }, async (place) => {
          const { repository } = place;
          const { snapshots } = await readSnapshots(repository, { signal });
          const paths = folders.map(({ path }) => path);
          const parent = newestCookies(snapshots, paths);
          const shrunk = !allowShrink && (await haveShrunk(repository, parent, profiles, { signal }));
          const report = await saveMadeFiles(repository, {
            folders,
            parent,
            tags: [COOKIES_TAG, ...tags, ...(shrunk ? [SHRUNK_TAG] : [])],
            programVersion: `holdfast ${version()}`,
            signal,
            onProgress,
          });
          return { ...describeSave(place, { report, parent, shrunk, mounts: [] }, startedMs), profiles };
        }),
      openOrCreateRepository,
    );
  });
}

interface Made {
  readonly folders: readonly MadeFolder[];
  readonly profiles: readonly ProfileCookies[];
}

async function makeFolders(state: readonly string[]): Promise<Made> {
  const folders: MadeFolder[] = [];
  const profiles: ProfileCookies[] = [];
  const nowMs = Date.now();
  for (const path of cookiePaths(state)) {
    const files = new Map<string, Uint8Array>();
    const prefix = state.length === 1 ? "" : dirname(path);
    for (const profile of await profilesBelow(dirname(path))) {
      const { jar: all, locked } = await readProfile(profile);
      refuseLocked(profile, locked, []);
      const { jar } = livingOnly(all, nowMs);
      const { name, kind, relative, inner } = profile;
      const origin = { browser: kind, folder: relative, profile: inner };
      const { cookies } = jar;
      const { bytes, origins } = fileOf({ origin, jar });
      profiles.push({ profile: join(prefix, name), cookies: cookies.length, origins });
      if (cookies.length + origins > 0) files.set(fileNameOf(name), bytes);
    }
    folders.push({ path, files });
  }
  return { folders, profiles };
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

/** How many cookies there are, and how many origins with localStorage. */
type Counted = Pick<ProfileCookies, "cookies" | "origins">;

/** A login may be in cookies or in localStorage: neither hides what became of the other. */
async function haveShrunk(
  repository: Repository,
  parent: Snapshot | null,
  profiles: readonly ProfileCookies[],
  options: CallOptions,
): Promise<boolean> {
  const before = parent === null ? null : await countsOf(repository, parent, options);
  if (before === null) return false;
  return (["cookies", "origins"] as const).some((what) => {
    const now = profiles.reduce((sum, profile) => sum + profile[what], 0);
    return before[what] > 0 && (now === 0 || (before[what] > FEW && now < before[what] / 2));
  });
}

/** `null` when the snapshot is damaged: it is no good one then, that a save could be held against. */
async function countsOf(
  repository: Repository,
  snapshot: Snapshot,
  options: CallOptions,
): Promise<Counted | null> {
  try {
    const whole = { ...repository, index: new BlobIndex() };
    await loadIndex(whole, options);
    const jars = (await readCookieSnapshot(whole, snapshot, options)).map(({ document }) => document.jar);
    return {
      cookies: jars.reduce((sum, { cookies }) => sum + cookies.length, 0),
      origins: jars.reduce((sum, { localStorage }) => sum + localStorage.length, 0),
    };
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND", "COOKIE_FILE")) return null;
    throw error;
  }
}
