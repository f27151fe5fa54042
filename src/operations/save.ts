import { realpath } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isHoldfastError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { ProgressListener } from "../base/progress.ts";
import { LongPaths } from "../base/long-path.ts";
import { AheadListings } from "../capture/listing.ts";
import type { SaveProblem } from "../capture/save-context.ts";
import { saveFolders, type SaveReport } from "../capture/save.ts";
import { findStateFolders, type StateFolder } from "../capture/state-paths.ts";
import { BlobIndex } from "../repository/blob-index.ts";
import { compactWhenDue } from "../repository/compact.ts";
import { readSnapshots, type Snapshot } from "../repository/snapshot.ts";
import { recoverTarget } from "../restore/recover.ts";
import { localFolderOf } from "../stores/open.ts";
import { atBorder } from "./border.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import { newestSnapshot, SHRUNK_TAG } from "./newest-snapshot.ts";
import {
  openOrCreateRepository,
  type RepositoryAccess,
  withRepository,
  type Workplace,
} from "./open-repository.ts";
import { hasShrunk, sizeOf, stateSize } from "./shrinkage.ts";
import { findStateMounts, type StateMount } from "./state-mounts.ts";

/** What to save, and how. */
export interface SaveRequest {
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  readonly tags?: readonly string[] | undefined;
  /** Patterns of what to leave out, as in `.gitignore`, relative to each folder. */
  readonly exclude?: readonly string[] | undefined;
  /** When not empty: only files that match one of these are saved. */
  readonly include?: readonly string[] | undefined;
  /** Take an empty or much smaller state for the good one, instead of saving it beside the old one. */
  readonly allowShrink?: boolean | undefined;
  /** Where restores left their records; that of this user (`XDG_CACHE_HOME`) when left out. */
  readonly cacheFolder?: string | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a save did, as `holdfast save --json` shows it. Sizes are in bytes. */
export interface SaveResult {
  /** Id of the new snapshot. */
  readonly snapshot: string;
  /** Id of the snapshot that it was compared with, the newest good one of the same folders. */
  readonly parent: string | null;
  readonly files: {
    readonly total: number;
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  readonly bytes: {
    /** Size of all files together. */
    readonly state: number;
    /** Read from files, because they might have changed. */
    readonly read: number;
    /** New to the store, before compression. */
    readonly added: number;
    /** Written to the store. */
    readonly stored: number;
  };
  readonly seconds: number;
  /** Milliseconds for which the app stood still. */
  readonly paused_ms: number;
  /** Requests to the store. */
  readonly requests: number;
  readonly tags: readonly string[];
  /** The state was empty or much smaller than that of the parent: the snapshot is tagged `shrunk`. */
  readonly shrunk: boolean;
  /** The repository was made by this save. */
  readonly created: boolean;
  /** Entries that are not in the snapshot as they are on the disk. */
  readonly problems: readonly SaveProblem[];
  /** FUSE and network mounts that the state lies on, where apps cannot rely on what they need. */
  readonly mounts: readonly StateMount[];
}

/** How often a save is made anew, and how much longer it waits each time. */
const ATTEMPTS = 6;
const RETRY_MS = 500;

/** What a save gave, and what it was compared with. */
interface Saved {
  readonly report: SaveReport;
  readonly parent: Snapshot | null;
  readonly shrunk: boolean;
  readonly mounts: readonly StateMount[];
}

/**
 * Saves folders as a new snapshot. Makes the repository when there is none.
 *
 * What an interrupted restore left in the folders is put in order first. An empty or much smaller
 * state than that of the newest good snapshot (less than half of more than 1 MiB) is saved too, but
 * tagged `shrunk`, so that no restore takes it unless it is named.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing (nothing is written then),
 *   `WRONG_PASSWORD`, `DATA_DAMAGED`, `LOCKED`, `DISK_FULL`, `PERMISSION`, `STORE_UNREACHABLE`,
 *   `STORE_AUTH`, `STORE_READ_ONLY`, `CANCELLED`
 * @example
 * ```ts
 * const result = await save({ store: "./.holdfast", password, state: ["data"] });
 * console.log(`${result.snapshot}: ${result.bytes.stored} bytes stored`);
 * ```
 */
export function save(options: RepositoryAccess & SaveRequest): Promise<SaveResult> {
  const startedMs = performance.now();
  return atBorder("could not save", async () => {
    for (const folder of options.state) await recoverTarget(folder);
    // Looked at before the store is: a missing folder must not make a repository.
    const folders = findStateFolders(options.state);
    using longPaths = new LongPaths();
    const ahead = new AheadListings(longPaths);
    const listing = ahead.start(folders);
    try {
      return await withRepository(
        options,
        async (place) => {
          const saved = await saveUndisturbed(place, folders, ahead, options);
          await compactWhenDue(place.repository, { signal: options.signal });
          return describe(place, saved, startedMs);
        },
        openOrCreateRepository,
      );
    } finally {
      ahead.stop();
      await listing;
    }
  });
}

/** Another writer may have removed what a save relied on: then it is made anew from what is there now. */
async function saveUndisturbed(
  place: Workplace,
  folders: readonly StateFolder[],
  ahead: AheadListings,
  options: RepositoryAccess & SaveRequest,
): Promise<Saved> {
  for (let attempt = 1; ; attempt += 1) {
    const repository = attempt === 1 ? place.repository : { ...place.repository, index: new BlobIndex() };
    try {
      return await saveInto({ ...place, repository }, folders, attempt === 1 ? ahead : undefined, options);
    } catch (error) {
      const mayPass = isHoldfastError(error, "CONFLICT") || (attempt > 1 && isHoldfastError(error, "LOCKED"));
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await sleep(RETRY_MS * attempt, undefined, { signal: options.signal });
    }
  }
}

async function saveInto(
  place: Workplace,
  folders: readonly StateFolder[],
  ahead: AheadListings | undefined,
  options: RepositoryAccess & SaveRequest,
): Promise<Saved> {
  const { repository } = place;
  const { tags = [], exclude = [], include = [], allowShrink = false, signal, onProgress } = options;
  const { snapshots } = await readSnapshots(repository, { signal });
  const parent = newestSnapshot(
    snapshots,
    folders.map(({ path }) => path),
  );
  const before = parent === null ? null : await sizeOf(repository, parent, { signal });
  let shrunk = false;
  const report = await saveFolders(repository, {
    folders: options.state,
    parent,
    ...(ahead === undefined ? {} : { ahead }),
    tags: (counts) => {
      shrunk = before !== null && !allowShrink && hasShrunk(before, stateSize(counts));
      return shrunk ? [...tags, SHRUNK_TAG] : tags;
    },
    exclude,
    include,
    skip: await storeFolders(repository.store.url),
    cacheFolder: options.cacheFolder ?? defaultCacheFolder(),
    programVersion: `holdfast ${version()}`,
    signal,
    onProgress,
  });
  return { report, parent, shrunk, mounts: await findStateMounts(folders) };
}

/** The store itself is no part of the state, even if it lies in it. */
async function storeFolders(url: string): Promise<string[]> {
  const folder = localFolderOf(url);
  return folder === null ? [] : [await realpath(folder)];
}

function describe(
  { requests, isNew }: Workplace,
  { report, parent, shrunk, mounts }: Saved,
  startedMs: number,
): SaveResult {
  const { snapshot, counts, addedBytes, storedBytes, problems } = report;
  const { filesNew, filesChanged, filesUnchanged, stateBytes, readBytes } = counts;
  return {
    snapshot: snapshot.id,
    parent: parent?.id ?? null,
    files: {
      total: filesNew + filesChanged + filesUnchanged,
      new: filesNew,
      changed: filesChanged,
      unchanged: filesUnchanged,
    },
    bytes: { state: stateBytes, read: readBytes, added: addedBytes, stored: storedBytes },
    seconds: (performance.now() - startedMs) / 1000,
    paused_ms: 0,
    requests: requests(),
    tags: snapshot.tags,
    shrunk,
    created: isNew,
    problems,
    mounts,
  };
}
