import { chmodSync, lchownSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, fromText, toPath } from "../base/byte-string.ts";
import { type BrowserKind, type BrowserProfile, findProfiles } from "./find-profiles.ts";
import { keyringSites } from "./keyring-cookies.ts";
import { readText } from "./profile-tree.ts";
import {
  COMPATIBILITY_FILE,
  compareVersions,
  firefoxVersion,
  type FirefoxVersion,
} from "./profile-version.ts";
import { keepingTimes } from "./replace-file.ts";
import { keepSessionCookies } from "./session-cookies.ts";

/** How {@link prepareProfiles} works. */
export interface PreparationOptions {
  /** Tell browsers to bring their session cookies back. */
  readonly keepSessionCookies: boolean;
  /** Whom profiles of root are given to; `null` to leave owners alone. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** Let the owner read and write everything: who saved could do so whatever the modes say. */
  readonly openModes: boolean;
  /** The newest installed browser of a family; `null` when there is none. */
  readonly installed: (kind: BrowserKind) => Promise<FirefoxVersion | null>;
}

/** A restored profile, made ready for its browser. */
export interface PreparedProfile extends BrowserProfile {
  /** The newest installed browser of the family; `null` when none was found. */
  readonly installedVersion: string | null;
  /** A browser newer than the installed one wrote the profile last. */
  readonly isNewer: boolean;
  /** Sites whose cookies only the keyring of another machine can read. */
  readonly keyringSites: readonly string[];
  /** Locks that were in the snapshot, relative to the profile. */
  readonly removedLocks: readonly string[];
  /** Whether its browser is told to bring session cookies back; `null` when that was not asked for. */
  readonly keepsSessionCookies: boolean | null;
  /** Files that are not as they were saved, the removed ones among them; relative to the profile. */
  readonly changed: readonly string[];
}

/**
 * Makes the profiles in a restored folder ready for their browsers. To be called before the folder is
 * in its place, where no browser can have it open: so every lock in it is stale.
 *
 * @throws the error of the file system when it cannot be written to
 */
export async function prepareProfiles(
  folder: string,
  options: PreparationOptions,
): Promise<readonly PreparedProfile[]> {
  const prepared: PreparedProfile[] = [];
  for (const profile of await findProfiles(folder)) prepared.push(await prepare(profile, options));
  return prepared;
}

async function prepare(profile: BrowserProfile, options: PreparationOptions): Promise<PreparedProfile> {
  const { kind, path } = profile;
  if (options.owner !== null || options.openModes) takeOver(fromText(path), options.owner, options.openModes);
  const removedLocks = LOCKS[kind].filter((name) => isRemoved(path, name));
  const installed = await options.installed(kind);
  const isNewer = installed !== null && isWrittenByNewer(profile, installed);
  // A Firefox that finds a newer version there exits at once, and without a word where there is no screen.
  const isInTheWay = kind === "firefox" && (installed === null || isNewer);
  const removed = isInTheWay && isRemoved(path, COMPATIBILITY_FILE) ? [COMPATIBILITY_FILE] : [];
  const edited = options.keepSessionCookies ? keepSessionCookies(path, profile) : [];
  return {
    ...profile,
    installedVersion: installed?.version ?? null,
    isNewer,
    keyringSites: kind === "chromium" ? keyringSites(path, profile) : [],
    removedLocks,
    keepsSessionCookies: options.keepSessionCookies ? edited !== null : null,
    changed: [...removedLocks, ...removed, ...(edited ?? [])],
  };
}

/** By these a browser sees that another one has the profile open; one from another machine is believed. */
const LOCKS: Readonly<Record<BrowserKind, readonly string[]>> = {
  chromium: ["SingletonLock", "SingletonSocket", "SingletonCookie"],
  firefox: ["lock", ".parentlock"],
};

/** False when it is not there, or is a folder: then it is none of a browser's. */
function isRemoved(folder: string, name: string): boolean {
  const path = join(folder, name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) return false;
  keepingTimes(folder, () => rmSync(path));
  return true;
}

function isWrittenByNewer({ kind, path, version }: BrowserProfile, installed: FirefoxVersion): boolean {
  if (version === null) return false;
  // A Chromium of the same milestone has the same formats.
  if (kind === "chromium") return milestone(version) > milestone(installed.version);
  const written = firefoxVersion(readText(join(path, COMPATIBILITY_FILE)) ?? "");
  if (written === null) return false;
  const difference = compareVersions(written.version, installed.version);
  if (difference !== 0 || written.build === "" || installed.build === "") return difference > 0;
  return compareVersions(written.build, installed.build) > 0;
}

function milestone(version: string): number {
  return Number.parseInt(version, 10);
}

const OWNER_ALL = 0o700;
const OWNER_READS_AND_WRITES = 0o600;

/** Never through a link. */
function takeOver(path: ByteString, owner: PreparationOptions["owner"], openModes: boolean): void {
  const stats = lstatSync(toPath(path));
  if (owner !== null && stats.uid === 0) lchownSync(toPath(path), owner.uid, owner.gid);
  if (stats.isSymbolicLink()) return;
  const wanted = stats.isDirectory() ? OWNER_ALL : OWNER_READS_AND_WRITES;
  if (openModes && (stats.mode & wanted) !== wanted) chmodSync(toPath(path), (stats.mode & 0o777) | wanted);
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(toPath(path), "latin1") as ByteString[]) {
    takeOver(joinPath(path, name), owner, openModes);
  }
}
