import { isHoldfastError } from "../../base/errors.ts";
import type { JarOrigin } from "../../browser/jar-document.ts";
import { BlobIndex } from "../../repository/blob-index.ts";
import type { Id } from "../../repository/ids.ts";
import { loadIndex } from "../../repository/index-files.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Snapshot } from "../../repository/snapshot.ts";
import type { CallOptions } from "../../stores/store.ts";
import { newestCookies } from "../newest-snapshot.ts";
import { readCookieSnapshot, type SavedCookies } from "./cookie-snapshot.ts";
import { livingOnly } from "./jar-filter.ts";

/** What a login may be in. */
export interface LoginCounts {
  /** Cookies that have not expired. */
  readonly cookies: number;
  /** Origins with localStorage. */
  readonly origins: number;
}

/** What there is in each profile, by {@link profileKey}. */
export type ProfileCounts = ReadonlyMap<string, LoginCounts>;

/** So many cookies, or origins, may become fewer, but not none. */
const FEW = 4;

/**
 * True when a profile has lost its cookies or its localStorage, or more than half of them, since they were
 * saved; one that is gone has lost everything. Held against the newest good snapshot that can be read: a
 * damaged one must not let a loss through.
 *
 * @param paths those of a snapshot of the same cookies
 * @param nowMs what has expired until then is no loss
 * @throws {HoldfastError} what the store throws
 */
export async function haveCookiesShrunk(
  repository: Repository,
  snapshots: readonly Snapshot[],
  paths: readonly string[],
  now: ProfileCounts,
  { nowMs, ...options }: CallOptions & { readonly nowMs: number },
): Promise<boolean> {
  const saved = await newestReadable(repository, snapshots, paths, options);
  return [...countsOf(saved, nowMs)].some(([key, before]) => hasShrunk(before, now.get(key) ?? NOTHING));
}

/** What tells a profile from all others: it keeps its place in the state. */
export function profileKey(state: string, origin: JarOrigin | null): string {
  return JSON.stringify([state, origin?.folder, origin?.profile]);
}

const NOTHING: LoginCounts = { cookies: 0, origins: 0 };

/** A login may be in cookies or in localStorage: neither hides what became of the other. */
function hasShrunk(before: LoginCounts, now: LoginCounts): boolean {
  return (["cookies", "origins"] as const).some(
    (what) => before[what] > 0 && (now[what] === 0 || (before[what] > FEW && now[what] < before[what] / 2)),
  );
}

function countsOf(saved: readonly SavedCookies[], nowMs: number): ProfileCounts {
  const counts = new Map<string, LoginCounts>();
  for (const { state, document } of saved) {
    const { cookies, localStorage } = livingOnly(document.jar, nowMs).jar;
    const key = profileKey(state, document.origin);
    counts.set(key, { cookies: cookies.length, origins: localStorage.length });
  }
  return counts;
}

/** Nothing where no good snapshot can be read: then there is none that could be lost sight of. */
async function newestReadable(
  repository: Repository,
  snapshots: readonly Snapshot[],
  paths: readonly string[],
  options: CallOptions,
): Promise<readonly SavedCookies[]> {
  let snapshot = newestCookies(snapshots, paths);
  if (snapshot === null) return [];
  const whole = { ...repository, index: new BlobIndex() };
  await loadIndex(whole, options);
  // Of those that have the same content, one tells all.
  const damaged = new Set<Id>();
  while (snapshot !== null) {
    const { tree } = snapshot;
    const saved = damaged.has(tree) ? null : await readUnlessDamaged(whole, snapshot, options);
    if (saved !== null) return saved;
    damaged.add(tree);
    snapshot = newestCookies(snapshots.slice(0, snapshots.indexOf(snapshot)), paths);
  }
  return [];
}

async function readUnlessDamaged(
  repository: Repository,
  snapshot: Snapshot,
  options: CallOptions,
): Promise<readonly SavedCookies[] | null> {
  try {
    return await readCookieSnapshot(repository, snapshot, options);
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND", "COOKIE_FILE")) return null;
    throw error;
  }
}
