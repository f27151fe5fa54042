import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { toText } from "../base/byte-string.ts";
import { version } from "../base/version.ts";
import type { ProgressListener } from "../base/progress.ts";
import { LongPaths } from "../base/long-path.ts";
import { AheadListings } from "../capture/listing.ts";
import { DEFAULT_MAX_PAUSE_MS, type FreezeMode, type FreezeOutcome } from "../capture/live/freeze.ts";
import type { SaveProblem } from "../capture/save-context.ts";
import { saveFolders, type SaveReport } from "../capture/save.ts";
import { findStateFolders, type StateFolder } from "../capture/state-paths.ts";
import { compactWhenDue } from "../repository/compact.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { recoverTarget } from "../restore/recover.ts";
import { localFolderOf } from "../stores/open.ts";
import { BASE_FILE } from "./base-record.ts";
import { type BesideTag, FORK_TAG, SHRUNK_TAG } from "./beside.ts";
import { atBorder } from "./border.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import {
  openOrCreateRepository,
  type RepositoryAccess,
  withRepository,
  type Workplace,
} from "./open-repository.ts";
import { type DisposableState, findDisposable } from "./disposable-state.ts";
import { planSave } from "./save-plan.ts";
import { undisturbed } from "./undisturbed.ts";
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
  /** Save profiles of browsers with their caches and locks, which the presets leave out else. */
  readonly wholeProfiles?: boolean | undefined;
  /** Take an empty or much smaller state for the good one, instead of saving it beside the old one. */
  readonly allowShrink?: boolean | undefined;
  /** Store nothing when the state is exactly that of a snapshot which would be its parent, or stand for it. */
  readonly unlessUnchanged?: boolean | undefined;
  /**
   * Id of the snapshot that the state descends from, `null` when it descends from none: as the restore, or
   * the save before this one, gave it. When the newest good snapshot of the same folders is another one,
   * somebody else has saved meanwhile: the new one is tagged `fork`, so that no restore takes it unless it
   * is named. When left out, the state is taken for one that descends from the newest.
   */
  readonly base?: string | null | undefined;
  /** Save with this tag beside the good snapshots, so that no restore takes it unless it is named. */
  readonly beside?: Exclude<BesideTag, "shrunk"> | undefined;
  /**
   * Whether to stop the app for a moment, so that the snapshot is of one instant: `auto` (usual) when a
   * process has the state open, and else goes without, as when it cannot be done; `always` fails then;
   * `never` does not try. Stopped are the processes of this user that have a file of the state open,
   * those named below, and the descendants of all these.
   */
  readonly freeze?: FreezeMode | undefined;
  /** A stop that lasts longer than so many milliseconds is given up and tried again; usually 500. */
  readonly maxPauseMs?: number | undefined;
  /** A process group whose processes belong to the app, whether or not they have a file open. */
  readonly processGroup?: number | undefined;
  /** Further processes that belong to the app. */
  readonly processes?: readonly number[] | undefined;
  /** Where restores left their records; that of this user (`XDG_CACHE_HOME`) when left out. */
  readonly cacheFolder?: string | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a save did, as `holdfast save --json` shows it. Sizes are in bytes. */
export interface SaveResult {
  /** Id of the new snapshot; of the one that has the same state, when nothing was stored. */
  readonly snapshot: string;
  /** Nothing was stored: there is a snapshot of the same state. */
  readonly unchanged: boolean;
  /** Id of the snapshot that it was compared with: the base, or the newest good one of the same folders. */
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
  readonly freeze: {
    /**
     * `stopped`: the snapshot is of one instant, for which the app stood still; `still`: nobody had the
     * state open, or nothing changed meanwhile; `off`: nobody was to be stopped; `given-up`: it could
     * not be done, and files may be of different moments.
     */
    readonly outcome: FreezeOutcome;
    /** Processes that stood still. */
    readonly processes: number;
    /** How often they were stopped. */
    readonly attempts: number;
    /** Why it was given up. */
    readonly reason: string | null;
  };
  /** Requests to the store. */
  readonly requests: number;
  readonly tags: readonly string[];
  /** The state was empty or much smaller than that of the parent: the snapshot is tagged `shrunk`. */
  readonly shrunk: boolean;
  /** The good state is another one now than the one that this state descends from: the snapshot is tagged `fork`. */
  readonly fork: boolean;
  /** The repository was made by this save. */
  readonly created: boolean;
  /** Entries that are not in the snapshot as they are on the disk. */
  readonly problems: readonly SaveProblem[];
  /** FUSE and network mounts that the state lies on, where apps cannot rely on what they need. */
  readonly mounts: readonly StateMount[];
}

const NOTHING: DisposableState = new Map();

/** What a save gave, and what it was compared with. */
export interface Saved {
  readonly report: SaveReport;
  readonly parent: Snapshot | null;
  readonly mounts: readonly StateMount[];
}

/**
 * Saves folders as a new snapshot. Makes the repository when there is none.
 *
 * What an interrupted restore left in the folders is put in order first. An empty or much smaller
 * state than that of the newest good snapshot (less than half of more than 1 MiB) is saved too, but
 * tagged `shrunk`, so that no restore takes it unless it is named.
 *
 * Two writers who went on from the same base at the same instant cannot know of each other in every store;
 * then the older of their snapshots is the good one, and every restore takes the younger one for a fork.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing (nothing is written then),
 *   `WRONG_PASSWORD`, `DATA_DAMAGED`, `LOCKED`, `NOT_FROZEN` (only with `always`), `DISK_FULL`, `PERMISSION`, `STORE_UNREACHABLE`,
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
          const saved = await undisturbed(place, options, (here, isFirst) =>
            saveInto(here, folders, isFirst ? ahead : undefined, options),
          );
          if (!saved.report.isUnchanged) await compactWhenDue(place.repository, { signal: options.signal });
          return describeSave(place, saved, startedMs);
        },
        openOrCreateRepository,
      );
    } finally {
      ahead.stop();
      await listing;
    }
  });
}

async function saveInto(
  place: Workplace,
  folders: readonly StateFolder[],
  ahead: AheadListings | undefined,
  options: RepositoryAccess & SaveRequest,
): Promise<Saved> {
  const { repository } = place;
  const { exclude = [], include = [], signal, onProgress } = options;
  const paths = folders.map(({ path }) => path);
  const { parent, end } = await planSave(repository, paths, options);
  const disposable = options.wholeProfiles === true ? NOTHING : await findDisposable(folders, ahead);
  const report = await saveFolders(repository, {
    folders: options.state,
    parent,
    ...(ahead === undefined ? {} : { ahead }),
    tags: (read) => end(read, disposable),
    exclude,
    include,
    disposable,
    skip: [...(await storeFolders(repository.store.url)), ...folders.map(recordIn)],
    freeze: {
      mode: options.freeze ?? "auto",
      maxPauseMs: options.maxPauseMs ?? DEFAULT_MAX_PAUSE_MS,
      processGroup: options.processGroup,
      processes: options.processes,
    },
    cacheFolder: options.cacheFolder ?? defaultCacheFolder(),
    programVersion: `holdfast ${version()}`,
    signal,
    onProgress,
  });
  return { report, parent, mounts: await findStateMounts(folders) };
}

/** Where `run` notes what a state descends from. */
function recordIn({ real }: StateFolder): string {
  return join(toText(real), BASE_FILE);
}

/** The store itself is no part of the state, even if it lies in it. */
async function storeFolders(url: string): Promise<string[]> {
  const folder = localFolderOf(url);
  return folder === null ? [] : [await realpath(folder)];
}

/** A save in the words of the contract. */
export function describeSave(
  { requests, isNew }: Workplace,
  { report, parent, mounts }: Saved,
  startedMs: number,
): SaveResult {
  const { snapshot, counts, addedBytes, storedBytes, problems } = report;
  const { outcome, pausedMs, processes, attempts, reason } = report.freeze;
  const { filesNew, filesChanged, filesUnchanged, stateBytes, readBytes } = counts;
  return {
    snapshot: snapshot.id,
    unchanged: report.isUnchanged,
    parent: parent?.id ?? null,
    files: {
      total: filesNew + filesChanged + filesUnchanged,
      new: filesNew,
      changed: filesChanged,
      unchanged: filesUnchanged,
    },
    bytes: { state: stateBytes, read: readBytes, added: addedBytes, stored: storedBytes },
    seconds: (performance.now() - startedMs) / 1000,
    paused_ms: pausedMs,
    freeze: { outcome, processes, attempts, reason },
    requests: requests(),
    tags: snapshot.tags,
    shrunk: snapshot.tags.includes(SHRUNK_TAG),
    fork: snapshot.tags.includes(FORK_TAG),
    created: isNew,
    problems,
    mounts,
  };
}
