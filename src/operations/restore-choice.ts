import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { toText } from "../base/byte-string.ts";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import { BlobIndex } from "../repository/blob-index.ts";
import { formatTime } from "../repository/go-time.ts";
import { type Id, shortId } from "../repository/ids.ts";
import { loadIndex } from "../repository/index-files.ts";
import type { Repository } from "../repository/repository.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import {
  type FolderToRestore,
  restoreFolders,
  type RestoreOptions,
  type RestoreReport,
} from "../restore/restore-folders.ts";
import { inspectTarget } from "../restore/target.ts";
import { Verifier } from "../restore/verifier.ts";
import { localFolderOf } from "../stores/open.ts";
import type { CallOptions } from "../stores/store.ts";
import type { RestoreChoice } from "./choose-restore.ts";
import { inspectUse } from "./replaced-use.ts";
import { chooseTargets } from "./restore-targets.ts";
import { savedFolders, wholeTreeNode } from "./saved-folders.ts";

/** How to restore; as in `RestoreRequest`. */
export interface RestoreManner extends CallOptions {
  readonly state: readonly string[];
  readonly to?: string | undefined;
  readonly force?: boolean | undefined;
  readonly fallback?: boolean | undefined;
  /** Both are called for each snapshot that is tried. */
  readonly onPlanned?: RestoreOptions["onPlanned"];
  readonly beforeSwap?: RestoreOptions["beforeSwap"];
  readonly onProgress?: ProgressListener | undefined;
}

/** What was restored, and where to. */
export interface RestoredSnapshot {
  readonly snapshot: Snapshot;
  readonly report: RestoreReport;
  /** Absolute, in the order of the report's folders. */
  readonly targets: readonly string[];
}

/**
 * Restores the chosen snapshot; if it is damaged and a fallback is allowed, the newest older one that
 * is whole.
 *
 * @throws {HoldfastError} `DATA_DAMAGED`, with a hint that says what can be restored, and all that a
 *   restore throws
 */
export async function restoreChoice(
  repository: Repository,
  { snapshot, id, older }: RestoreChoice,
  manner: RestoreManner,
): Promise<RestoredSnapshot> {
  if (snapshot !== null) {
    const restored = await unlessDamaged(() => restoreSnapshot(repository, snapshot, manner));
    if (!isHoldfastError(restored)) return restored;
  }
  // Once more, from the beginning: a transfer can go wrong, and a prune can have moved packs meanwhile.
  const fresh = { ...repository, index: new BlobIndex() };
  await loadIndex(fresh, manner);
  const damage =
    snapshot === null ? unreadable() : await unlessDamaged(() => restoreSnapshot(fresh, snapshot, manner));
  if (!isHoldfastError(damage)) return damage;
  if (manner.fallback !== true) throw describeDamage(id, damage, await newestWhole(fresh, older, manner));
  for (const candidate of older) {
    const restored = await unlessDamaged(() => restoreSnapshot(fresh, candidate, manner));
    if (!isHoldfastError(restored)) return restored;
  }
  throw describeDamage(id, damage, null);
}

async function restoreSnapshot(
  repository: Repository,
  snapshot: Snapshot,
  { state, to, force = false, ...manner }: RestoreManner,
): Promise<RestoredSnapshot> {
  const trees = new TreeReader(repository, { signal: manner.signal });
  const saved = await savedFolders(trees, snapshot);
  const folders = saved === null ? [wholeTree(snapshot, to)] : chooseTargets(saved, state, to ?? null);
  await refuseStore(repository.store.url, folders);
  // Once more when all is read: this is so that nobody waits for what cannot be.
  if (force) await inspectUse(folders.map(({ target }) => target));
  const report = await restoreFolders(repository, { ...manner, folders, trees, force });
  return { snapshot, report, targets: folders.map(({ target }) => resolve(target)) };
}

/** A tree of which nobody knows what in it is the state. */
function wholeTree(snapshot: Snapshot, to: string | undefined): FolderToRestore {
  if (to !== undefined) return { node: wholeTreeNode(snapshot), target: to };
  throw new HoldfastError({
    code: "CONFIG",
    message: `the tree of snapshot ${shortId(snapshot.id)} does not show which folders it holds`,
    hint: "restore it to a place of your choice with --to",
  });
}

/** Replacing a folder that holds the store would remove the snapshots with it. */
async function refuseStore(url: string, folders: readonly FolderToRestore[]): Promise<void> {
  const folder = localFolderOf(url);
  if (folder === null) return;
  const store = await realpath(folder);
  for (const { target } of folders) {
    const { path } = inspectTarget(target);
    if (!`${store}/`.startsWith(toText(path) === "/" ? "/" : `${toText(path)}/`)) continue;
    throw new HoldfastError({
      code: "CONFIG",
      message: `the store ${url} lies in '${target}', which the restore would replace`,
      hint: "move the store to another place, or restore to another place with --to",
    });
  }
}

/** The error that says that data is damaged, or the result. */
async function unlessDamaged<Result>(work: () => Promise<Result>): Promise<Result | HoldfastError> {
  try {
    return await work();
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return error;
    throw error;
  }
}

function unreadable(): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message: "its file cannot be read" });
}

/** The newest of some snapshots that can be restored in full; all of its data is read to know. */
async function newestWhole(
  repository: Repository,
  snapshots: readonly Snapshot[],
  { signal }: CallOptions,
): Promise<Snapshot | null> {
  if (snapshots.length === 0) return null;
  await using verifier = new Verifier(repository, { signal });
  for (const snapshot of snapshots) {
    if (await verifier.isWhole(wholeTreeNode(snapshot))) return snapshot;
  }
  return null;
}

function describeDamage(id: Id, damage: HoldfastError, whole: Snapshot | null): HoldfastError {
  const hint =
    whole === null
      ? "no older snapshot of these folders is whole; look at all of them with: holdfast check --read-data"
      : `snapshot ${shortId(whole.id)} of ${formatTime(whole.timeNs)} is whole: take it with --fallback`;
  const message = `snapshot ${shortId(id)} is damaged: ${damage.message}`;
  return new HoldfastError({ code: "DATA_DAMAGED", message, hint, cause: damage });
}
