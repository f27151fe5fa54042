import type { ProgressListener } from "../base/progress.ts";
import { writeRestoredRecord } from "../capture/restored-files.ts";
import { loadIndex } from "../repository/index-files.ts";
import type { NodeType } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import { formatTime } from "../repository/go-time.ts";
import { readSnapshots, type Snapshot, type SnapshotList } from "../repository/snapshot.ts";
import type { CallOptions } from "../stores/store.ts";
import { newerBeside, type SnapshotBeside } from "./beside.ts";
import { atBorder } from "./border.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import { chooseRestore, type RestoreChoice } from "./choose-restore.ts";
import { describePath, type PathInfo } from "./entry-info.ts";
import { newestSnapshot } from "./newest-snapshot.ts";
import {
  openRepositoryAhead,
  type RepositoryAccess,
  withRepository,
  type Workplace,
} from "./open-repository.ts";
import { type ProfilePreparation, profilePreparation, type RestoredProfile } from "./prepare-profiles.ts";
import { type HolderInfo, inspectUse } from "./replaced-use.ts";
import { restoreChoice, type RestoredSnapshot } from "./restore-choice.ts";

/** What to restore, and where to. */
export interface RestoreRequest {
  /** An id, the start of one, or `latest`, which is also meant when left out. */
  readonly snapshot?: string | undefined;
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /** Restore to this folder instead of the state folders. */
  readonly to?: string | undefined;
  /** Replace what is there. */
  readonly force?: boolean | undefined;
  /** Where the snapshot is damaged, restore the newest older one that is whole. */
  readonly fallback?: boolean | undefined;
  /** Tell the browsers of restored profiles to bring their session cookies back, and their tabs with them. */
  readonly keepSessionCookies?: boolean | undefined;
  /** Where to leave a record for the next save; that of this user (`XDG_CACHE_HOME`) when left out. */
  readonly cacheFolder?: string | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Something of the snapshot that was not restored. */
export interface SkippedInfo extends PathInfo {
  readonly type: NodeType;
}

/** What a restore did, as `holdfast restore --json` shows it. */
export interface RestoreResult {
  /** Id of the snapshot that was restored. */
  readonly snapshot: string;
  /**
   * What the next save has to name as its `base`: the snapshot, or the damaged one in whose place it was
   * restored, so that what follows takes that one's place.
   */
  readonly base: string;
  /** Regular files. */
  readonly files: number;
  /** Size of all files together. */
  readonly bytes: number;
  readonly seconds: number;
  /** Requests to the store. */
  readonly requests: number;
  /** Absolute paths of the folders that were restored. */
  readonly targets: readonly string[];
  /** Sockets and devices, which mean nothing in another place. */
  readonly skipped: readonly SkippedInfo[];
  /** Id of the damaged snapshot that was to be restored, else `null`. */
  readonly fell_back_from: string | null;
  /**
   * With `latest`: snapshots of the same folders that are newer, but kept beside the good ones as `fork` or
   * `quarantine`; the newest first.
   */
  readonly newer_beside: readonly SnapshotBeside[];
  /** Replaced folders that this user may not remove in full; they can be deleted. */
  readonly leftovers: readonly string[];
  /** Processes that had files of replaced folders open, and go on with what nobody else can see any more. */
  readonly held_by: readonly HolderInfo[];
  /** The browser profiles among what was restored. */
  readonly profiles: readonly RestoredProfile[];
}

/**
 * Restores a snapshot, all or nothing: every byte is checked in a private place before it takes the
 * place of what was there. Browser profiles are made ready for a start on this machine first: locks of
 * another machine are removed, and what their browser would trip over is reported.
 *
 * @throws {HoldfastError} `TARGET_NOT_EMPTY` without `force`; `PROFILE_IN_USE` when a running browser has a
 *   profile open that would be replaced; `NO_REPOSITORY`, `NO_SNAPSHOT`;
 *   `DATA_DAMAGED` with a hint that says which older snapshot is whole; `UNSAFE_PATH`, `DISK_FULL`,
 *   `PERMISSION`, `CONFIG`, `WRONG_PASSWORD`, `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`; nothing on
 *   the disk has changed then
 * @example
 * ```ts
 * const result = await restore({ store: "./.holdfast", password, state: ["data"] });
 * console.log(`${result.files} files from snapshot ${result.snapshot}`);
 * ```
 */
export function restore(options: RepositoryAccess & RestoreRequest): Promise<RestoreResult> {
  const startedMs = performance.now();
  const { snapshot: query = "latest", state, signal } = options;
  return atBorder("could not restore", () =>
    withRepository(
      options,
      async (place) => {
        const { repository } = place;
        const [list] = await Promise.all([
          readSnapshots(repository, { signal }),
          loadIndex(repository, { signal }),
        ]);
        const choice = chooseRestore(list, query, state, options.to ?? null);
        return (await restoreFrom(place, list, choice, { ...options, startedMs })).result;
      },
      openRepositoryAhead,
    ),
  );
}

/** A restore from a repository whose index is loaded, of a snapshot that is chosen among those of a list. */
export async function restoreFrom(
  { repository, requests }: Workplace,
  list: SnapshotList,
  choice: RestoreChoice,
  options: RestoreRequest & CallOptions & { readonly startedMs: number },
): Promise<{ readonly result: RestoreResult; readonly snapshot: Snapshot }> {
  const { startedMs, snapshot: query = "latest" } = options;
  const preparation = profilePreparation(options.keepSessionCookies ?? false, process.env);
  let holders: readonly HolderInfo[] = [];
  const beforeSwap: ProfilePreparation["beforeSwap"] = async (folders) => {
    const changed = await preparation.beforeSwap(folders);
    holders = await inspectUse(folders.map(({ target }) => target));
    return changed;
  };
  const restored = await restoreChoice(repository, choice, {
    ...options,
    onPlanned: preparation.onPlanned,
    beforeSwap,
  });
  await leaveRecords(repository, restored, options.cacheFolder ?? defaultCacheFolder());
  const result: RestoreResult = {
    ...describe(restored, preparation.result(), { holders, requests: requests(), startedMs }),
    ...placeOf(list, restored.snapshot, query === "latest" ? "latest" : "named"),
    fell_back_from: restored.snapshot.id === choice.id ? null : choice.id,
  };
  return { result, snapshot: restored.snapshot };
}

/** So that the next save knows the restored files for unchanged, although inodes and times of change are new. */
async function leaveRecords(
  repository: Repository,
  { snapshot, report, targets }: RestoredSnapshot,
  cacheFolder: string,
): Promise<void> {
  for (const [index, { restored }] of report.folders.entries()) {
    const folder = targets[index] ?? "";
    const record = { repository: repository.id, folder, snapshot: snapshot.id, files: restored };
    // a cache that cannot be written costs the next save time, and nothing else
    await writeRestoredRecord(cacheFolder, record).catch(() => undefined);
  }
}

/** Where what was restored stands among all that is saved. */
function placeOf(
  { snapshots }: SnapshotList,
  restored: Snapshot,
  query: "latest" | "named",
): Pick<RestoreResult, "base" | "newer_beside"> {
  if (query === "named") return { base: restored.id, newer_beside: [] };
  const { paths } = restored;
  const beside = newerBeside(snapshots, { paths, than: restored }, ["fork", "quarantine"]);
  return {
    base: newestSnapshot(snapshots, paths)?.id ?? restored.id,
    newer_beside: beside.map(({ snapshot: { id, timeNs }, tag }) => ({ id, time: formatTime(timeNs), tag })),
  };
}

interface Circumstances {
  readonly holders: readonly HolderInfo[];
  readonly requests: number;
  readonly startedMs: number;
}

function describe(
  { snapshot, report, targets }: RestoredSnapshot,
  profiles: readonly RestoredProfile[],
  { holders, requests, startedMs }: Circumstances,
): Omit<RestoreResult, "base" | "newer_beside" | "fell_back_from"> {
  const { files, bytes, folders } = report;
  return {
    snapshot: snapshot.id,
    files,
    bytes,
    seconds: (performance.now() - startedMs) / 1000,
    requests,
    targets,
    skipped: folders.flatMap(({ skipped }) =>
      skipped.map(({ path, type }) => ({ ...describePath(path), type })),
    ),
    leftovers: folders.map(({ leftover }) => leftover).filter((path) => path !== null),
    held_by: holders,
    profiles,
  };
}
