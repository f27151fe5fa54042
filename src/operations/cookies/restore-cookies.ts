import { basename, join, resolve } from "node:path";
import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import type { CookieJar } from "../../browser/cookie.ts";
import type { JarDocument, JarOrigin } from "../../browser/jar-document.ts";
import { loadIndex } from "../../repository/index-files.ts";
import { shortId } from "../../repository/ids.ts";
import type { Repository } from "../../repository/repository.ts";
import { findSnapshot, readSnapshots, type Snapshot, type SnapshotList } from "../../repository/snapshot.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { olderOnes } from "../choose-restore.ts";
import { isCookiesOnly, newestCookies } from "../newest-snapshot.ts";
import { openRepositoryAhead, type RepositoryAccess, withRepository } from "../open-repository.ts";
import { type CookieProfile, profilesBelow } from "./choose-profile.ts";
import { cookiePaths, readCookieSnapshot, type SavedCookies } from "./cookie-snapshot.ts";
import { placeBelow } from "./fresh-folder.ts";
import { livingOnly } from "./jar-filter.ts";
import { makeProfile, writeProfile } from "./profile-access.ts";

/** Which cookies to restore, and where to. */
export interface RestoreCookiesRequest {
  /** An id, the start of one, or `latest`, which is also meant when left out. */
  readonly snapshot?: string | undefined;
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /** Restore to the profiles in this folder instead. */
  readonly to?: string | undefined;
  /** Where the snapshot is damaged, restore the newest older one that is whole. */
  readonly fallback?: boolean | undefined;
}

/** What became of one profile. */
export interface RestoredCookies {
  /** Absolute path of the folder that the browser is started with. */
  readonly profile: string;
  readonly cookies: number;
  /** Origins whose localStorage was restored too. */
  readonly origins: number;
  /** Cookies that have expired since they were saved. */
  readonly expired: number;
  /** The profile was not there before. */
  readonly created: boolean;
}

/** What a restore did, as `holdfast restore --only cookies --json` shows it. */
export interface RestoreCookiesResult {
  /** Id of the snapshot that was restored. */
  readonly snapshot: string;
  readonly profiles: readonly RestoredCookies[];
  readonly seconds: number;
  /** Requests to the store. */
  readonly requests: number;
  /** Id of the damaged snapshot that was to be restored, else `null`. */
  readonly fell_back_from: string | null;
}

/**
 * Restores the cookies that `saveCookies` saved: they are added to the profiles that are there, where
 * they take the place of those with the same name, host and path; profiles that are not there are made.
 * Everything is read and checked before the first profile is touched.
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `NO_SNAPSHOT`, `DATA_DAMAGED`, `CONFIG` when the snapshot is of
 *   whole folders, `PROFILE_IN_USE`, `PROFILE_UNSUPPORTED`, `PROFILE_DAMAGED`, `COOKIE_ENCRYPTED`,
 *   `UNSAFE_PATH`, and whatever opening the repository throws
 * @example
 * ```ts
 * const { profiles } = await restoreCookies({ store: "./.holdfast", password, state: ["data"] });
 * console.log(profiles.map(({ profile }) => profile));
 * ```
 */
export function restoreCookies(
  options: RepositoryAccess & RestoreCookiesRequest,
): Promise<RestoreCookiesResult> {
  const startedMs = performance.now();
  const { snapshot: query = "latest", state, fallback = false, signal } = options;
  return atBorder("could not restore the cookies", () =>
    withRepository(
      options,
      async ({ repository, requests }) => {
        const [list] = await Promise.all([
          readSnapshots(repository, { signal }),
          loadIndex(repository, { signal }),
        ]);
        const wanted = chooseCookies(list, query, state);
        const candidates = fallback ? [wanted, ...olderOnes(list.snapshots, wanted)] : [wanted];
        const { snapshot, saved } = await firstWhole(repository, candidates, signal);
        const writes = await planWrites(saved, options);
        const profiles: RestoredCookies[] = [];
        for (const write of writes) {
          checkCancelled({ signal });
          profiles.push(await carryOut(write));
        }
        return {
          snapshot: snapshot.id,
          profiles,
          seconds: (performance.now() - startedMs) / 1000,
          requests: requests(),
          fell_back_from: snapshot === wanted ? null : wanted.id,
        };
      },
      openRepositoryAhead,
    ),
  );
}

function chooseCookies(list: SnapshotList, query: string, state: readonly string[]): Snapshot {
  if (query === "latest") {
    const newest = newestCookies(list.snapshots, cookiePaths(state)) ?? newestCookies(list.snapshots, null);
    if (newest !== null) return newest;
    throw new HoldfastError({
      code: "NO_SNAPSHOT",
      message: "no cookies are saved yet",
      hint: "save them with: holdfast save --only cookies",
    });
  }
  const snapshot = findSnapshot(list.snapshots, query);
  if (isCookiesOnly(snapshot)) return snapshot;
  throw new HoldfastError({
    code: "CONFIG",
    message: `snapshot ${shortId(snapshot.id)} is of whole folders, not of cookies only`,
    hint: `restore it as a whole, for example to another place: holdfast restore ${shortId(snapshot.id)} --to DIR`,
  });
}

async function firstWhole(
  repository: Repository,
  candidates: readonly Snapshot[],
  signal: AbortSignal | undefined,
): Promise<{ readonly snapshot: Snapshot; readonly saved: readonly SavedCookies[] }> {
  let damage: unknown = null;
  for (const snapshot of candidates) {
    try {
      return { snapshot, saved: await readCookieSnapshot(repository, snapshot, { signal }) };
    } catch (error) {
      if (!isHoldfastError(error, "DATA_DAMAGED", "COOKIE_FILE")) throw error;
      damage ??= error;
    }
  }
  throw damage;
}

/** What is to be done to one profile. */
interface Write {
  readonly jar: CookieJar;
  readonly expired: number;
  readonly target: CookieProfile;
  readonly isThere: boolean;
}

async function planWrites(
  saved: readonly SavedCookies[],
  { state, to }: RestoreCookiesRequest,
): Promise<Write[]> {
  const nowMs = Date.now();
  const writes: Write[] = [];
  for (const { state: from, document } of saved) {
    const folder = targetOf(from, saved, state, to);
    const { target, isThere } = await locate(folder, originOf(document));
    writes.push({ ...livingOnly(document.jar, nowMs), target, isThere });
  }
  return writes;
}

/** The state folder of the same path; a single one to a single one, whatever their paths. */
function targetOf(
  from: string,
  saved: readonly SavedCookies[],
  state: readonly string[],
  to: string | undefined,
): string {
  const isSingle = saved.every((other) => other.state === from);
  if (to !== undefined) return isSingle ? to : join(to, basename(from));
  const same = state.find((folder) => resolve(folder) === from);
  const [only, ...others] = state;
  const target = same ?? (isSingle && others.length === 0 ? only : undefined);
  if (target !== undefined) return target;
  throw new HoldfastError({
    code: "CONFIG",
    message: `the snapshot holds cookies of ${from}, which is none of the state folders`,
    hint: "restore them to a place of your choice with --to",
  });
}

function originOf({ origin }: JarDocument): JarOrigin {
  if (origin !== null) return origin;
  throw new HoldfastError({
    code: "COOKIE_FILE",
    message: "the saved cookies do not say which profile they are from",
    hint: "use the version of holdfast that saved them, or a later one",
  });
}

async function locate(
  folder: string,
  { browser, folder: relative, profile }: JarOrigin,
): Promise<{ readonly target: CookieProfile; readonly isThere: boolean }> {
  const path = placeBelow(folder, relative);
  if (profile !== null) placeBelow(path, profile);
  const there = (await profilesBelow(folder)).filter((each) => resolve(each.path) === path);
  const same = there.find(({ inner }) => inner === profile);
  if (same !== undefined) return { target: same, isThere: true };
  const other = there.find(({ kind }) => kind !== browser);
  if (other !== undefined) throw otherBrowser(path, browser);
  return { target: { name: relative, kind: browser, relative, path, inner: profile }, isThere: false };
}

async function carryOut({ jar, expired, target, isThere }: Write): Promise<RestoredCookies> {
  if (isThere) await writeProfile(target, jar);
  else await makeProfile(target, jar);
  const { cookies, localStorage } = jar;
  return {
    profile: target.path,
    cookies: cookies.length,
    origins: localStorage.length,
    expired,
    created: !isThere,
  };
}

function otherBrowser(path: string, browser: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the cookies are those of a ${browser} profile, and ${path} is one of another browser`,
    hint: "restore them to another place with --to",
  });
}
