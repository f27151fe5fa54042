import { lstatSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ByteString, fromText, toText } from "../base/byte-string.ts";
import { type PreparationOptions, type PreparedProfile, prepareProfiles } from "../browser/after-restore.ts";
import type { BrowserKind } from "../browser/find-profiles.ts";
import { type BrowserEnvironment, installedBrowser } from "../browser/installed-browsers.ts";
import type { FirefoxVersion } from "../browser/profile-version.ts";
import type { RestorePlan } from "../restore/plan.ts";
import type { BuiltFolder, ChangedEntries } from "../restore/restore-folders.ts";

/** A restored browser profile, as `holdfast restore --json` shows it. */
export interface RestoredProfile {
  /** The family: `firefox` stands for Camoufox too. */
  readonly browser: BrowserKind;
  /** Absolute. */
  readonly path: string;
  /** Chromium: names of the profile folders in it (`Default`, `Profile 1`), `.` for itself. */
  readonly profiles: readonly string[];
  /** The browser that wrote it last; `null` when it does not say. */
  readonly version: string | null;
  /** The newest installed browser of the family; `null` when none was found. */
  readonly installed_version: string | null;
  /** A browser newer than the installed one wrote the profile: the installed one may damage it. */
  readonly newer: boolean;
  /** Sites whose cookies only the keyring of another machine can read: Chromium deletes them. */
  readonly keyring_sites: readonly string[];
  /** Locks of another machine that the snapshot held, relative to the profile. */
  readonly removed_locks: readonly string[];
  /** Whether its browser was told to bring session cookies back; `null` when that was not asked for. */
  readonly session_cookies_kept: boolean | null;
}

/** What prepares profiles in restored folders, and what came of it. */
export interface ProfilePreparation {
  /** To be called as soon as it is known what will be there: asking a browser for its version takes a while. */
  readonly onPlanned: (plans: readonly RestorePlan[]) => void;
  /** To be called before the folders are in their places; again for each attempt. */
  readonly beforeSwap: (folders: readonly BuiltFolder[]) => Promise<readonly ChangedEntries[]>;
  /** The profiles of the last call. */
  result(): readonly RestoredProfile[];
}

/**
 * Prepares browser profiles while they are restored: before they are in their places, so that a restore
 * that is killed at any moment leaves the old state or the prepared new one.
 *
 * @param environment where browsers are looked for
 */
export function profilePreparation(
  keepSessionCookies: boolean,
  environment: BrowserEnvironment,
): ProfilePreparation {
  let prepared: RestoredProfile[] = [];
  const browsers = new Map<BrowserKind, Promise<FirefoxVersion | null>>();
  const installed = (kind: BrowserKind): Promise<FirefoxVersion | null> => {
    const known = browsers.get(kind) ?? installedBrowser(kind, environment);
    browsers.set(kind, known);
    return known;
  };
  return {
    result: () => prepared,
    onPlanned(plans) {
      const isThere = plans.some(({ files }) => files.some(({ path }) => CHROMIUM_MARK.test(path)));
      if (isThere) void installed("chromium");
    },
    async beforeSwap(folders) {
      prepared = [];
      const changed: ChangedEntries[] = [];
      for (const folder of folders) {
        const found = await prepareFolder(folder, { keepSessionCookies, installed });
        prepared.push(...found.map((profile) => describe(profile, folder)));
        changed.push(new Set(found.flatMap(changedIn)));
      }
      return changed;
    },
  };
}

/** A file that is in each profile of the family, and rarely elsewhere. */
const CHROMIUM_MARK = /(?:^|\/)(?:Local State|Preferences)$/;

async function prepareFolder(
  { root, target, node }: BuiltFolder,
  options: Pick<PreparationOptions, "keepSessionCookies" | "installed">,
): Promise<readonly PreparedProfile[]> {
  const path = toText(root);
  if (node.type !== "dir" || fromText(path) !== root) return []; // a name that no text can say
  const isRoot = process.geteuid?.() === 0;
  const wasRoots = node.uid === 0;
  return await prepareProfiles(path, {
    ...options,
    owner: isRoot && wasRoots ? ownerOf(target) : null,
    openModes: !isRoot && wasRoots,
  });
}

/** The user for whom somebody has made the folder that is restored to; `null` for root, and when there is none. */
function ownerOf(target: string): PreparationOptions["owner"] {
  const stats = lstatSync(target, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === 0 ? null : { uid: stats.uid, gid: stats.gid };
}

function changedIn({ relative, changed }: PreparedProfile): ByteString[] {
  return changed.map((name) => fromText(join(relative, name)));
}

function describe(profile: PreparedProfile, { target }: BuiltFolder): RestoredProfile {
  return {
    browser: profile.kind,
    path: join(resolve(target), profile.relative),
    profiles: profile.profiles,
    version: profile.version,
    installed_version: profile.installedVersion,
    newer: profile.isNewer,
    keyring_sites: profile.keyringSites,
    removed_locks: profile.removedLocks,
    session_cookies_kept: profile.keepsSessionCookies,
  };
}
