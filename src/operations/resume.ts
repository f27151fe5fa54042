import { mkdirSync } from "node:fs";
import { isHoldfastError } from "../base/errors.ts";
import { loadIndex } from "../repository/index-files.ts";
import { formatTime } from "../repository/go-time.ts";
import { readSnapshots, type Snapshot, type SnapshotList } from "../repository/snapshot.ts";
import { recoverTarget } from "../restore/recover.ts";
import { type Base, isStateEmpty, readBase, removeBase, writeBase } from "./base-record.ts";
import { atBorder } from "./border.ts";
import { chooseRestore, type RestoreChoice } from "./choose-restore.ts";
import {
  openRepositoryAhead,
  type RepositoryAccess,
  withRepository,
  type Workplace,
} from "./open-repository.ts";
import { restoreFrom } from "./restore.ts";
import { NOTHING_SAVED, type ResumeResult } from "./resume-result.ts";
import type { SaveRequest, SaveResult } from "./save.ts";

/** What to bring back before an app starts. */
export interface ResumeRequest {
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /** How what lies in the folders is saved before something else takes its place. */
  readonly saving?: Omit<SaveRequest, "state" | "onProgress"> | undefined;
  readonly keepSessionCookies?: boolean | undefined;
  /** Where to leave a record for the next save; that of this user (`XDG_CACHE_HOME`) when left out. */
  readonly cacheFolder?: string | undefined;
}

/**
 * Brings the state of an app to the newest good snapshot, as `restore` does, before the app starts.
 *
 * A state that descends from that snapshot stays: it is the same or newer. Anything else that lies in
 * the folders is saved beside the good snapshots before it is replaced. A damaged snapshot is passed over
 * for the newest one that is whole.
 *
 * @throws {HoldfastError} what `restore` and `save` throw, but not for a repository without snapshots;
 *   what is on the disk has not changed then
 */
export function resume(options: RepositoryAccess & ResumeRequest): Promise<ResumeResult> {
  const startedMs = performance.now();
  const { state, signal } = options;
  return atBorder("could not bring the state back", () =>
    withRepository(
      options,
      async (place) => {
        for (const folder of state) await recoverTarget(folder);
        const { repository } = place;
        const [list] = await Promise.all([
          readSnapshots(repository, { signal }),
          loadIndex(repository, { signal }),
        ]);
        const choice = choiceOf(list, state);
        if (choice === null) return NOTHING_SAVED;
        const isEmpty = isStateEmpty(state);
        const base = isEmpty ? null : baseIn(repository.id, state);
        const newest = choice.snapshot ?? choice.older[0];
        if (newest !== undefined && base?.snapshot === newest.id) {
          return {
            outcome: "kept",
            base: newest.id,
            snapshot: describe(newest),
            restored: null,
            beside: null,
          };
        }
        const beside = isEmpty ? null : await saveBeside(options, base);
        return { ...(await replace(place, list, choice, { ...options, isEmpty, startedMs })), beside };
      },
      openRepositoryAhead,
    ),
  );
}

/** The newest good snapshot, or what could stand in for it; `null` when nothing good was ever saved. */
function choiceOf(list: SnapshotList, state: readonly string[]): RestoreChoice | null {
  try {
    return chooseRestore(list, "latest", state, null);
  } catch (error) {
    if (isHoldfastError(error, "NO_SNAPSHOT")) return null;
    throw error;
  }
}

function baseIn(repository: string, state: readonly string[]): Base | null {
  const base = readBase(state);
  return base?.repository === repository ? base : null;
}

/** Keeps what is about to be replaced. Nothing is written when it is saved already. */
async function saveBeside(
  options: RepositoryAccess & ResumeRequest,
  base: Base | null,
): Promise<SaveResult | null> {
  const { state, saving } = options;
  for (const folder of state) mkdirSync(folder, { recursive: true });
  // Mostly nothing is there, and the app waits.
  const { save } = await import("./save.ts");
  const result = await save({
    ...options,
    ...saving,
    // of known descent, it becomes a fork by itself: another snapshot is the newest
    ...(base === null ? { beside: "replaced" as const } : { base: base.snapshot }),
    unlessUnchanged: true,
  });
  return result.unchanged ? null : result;
}

async function replace(
  place: Workplace,
  list: SnapshotList,
  choice: RestoreChoice,
  options: RepositoryAccess & ResumeRequest & { readonly isEmpty: boolean; readonly startedMs: number },
): Promise<Omit<ResumeResult, "beside">> {
  const { state, isEmpty, startedMs } = options;
  removeBase(state);
  const { result, snapshot } = await restoreFrom(place, list, choice, {
    ...options,
    force: !isEmpty,
    fallback: true,
    startedMs,
  });
  const { base } = result;
  writeBase(state, { repository: place.repository.id, snapshot: base });
  return { outcome: "restored", base, snapshot: describe(snapshot), restored: result };
}

function describe({ id, timeNs, tags }: Snapshot): NonNullable<ResumeResult["snapshot"]> {
  return { id, time: formatTime(timeNs), tags };
}
