import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import { mapParallel } from "../base/parallel.ts";
import type { Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import { type BuiltTree, finishTree, makeFolders, type RestoredFile } from "./build-tree.ts";
import { metadataOf, stampAt } from "./metadata.ts";
import { emptyPlan, planRestore, type RestorePlan, type SkippedEntry } from "./plan.ts";
import { recoverTarget } from "./recover.ts";
import { createStaging, removeStaging, type Staging, type Swapped } from "./staging.ts";
import { swapIn } from "./swap.ts";
import { checkReplaceable, inspectTarget, type Target } from "./target.ts";
import { type WriteOptions, writeFiles } from "./write-files.ts";
import { startWritePool } from "./write-pool.ts";

/** What is restored, and where to. */
export interface FolderToRestore {
  /** Usually a folder; a single file or link can be restored too. */
  readonly node: Node;
  /** Path on this machine; its name need not be the node's. */
  readonly target: string;
}

/** How {@link restoreFolders} works. */
export interface RestoreOptions extends WriteOptions {
  readonly folders: readonly FolderToRestore[];
  /** What has read trees of the snapshot already; else they are read again. */
  readonly trees?: TreeReader | undefined;
  /** Replace targets that are not empty. */
  readonly force: boolean;
  /** Called when it is known what will be there, before the data is read. Must not throw. */
  readonly onPlanned?: ((plans: readonly RestorePlan[]) => void) | undefined;
  /** Changes folders that are built and checked, before they take their places; what it throws stops the restore. */
  readonly beforeSwap?: ((folders: readonly BuiltFolder[]) => Promise<readonly ChangedEntries[]>) | undefined;
}

/** A restored folder that is not in its place yet. */
export interface BuiltFolder extends FolderToRestore {
  /** Where it is now. */
  readonly root: ByteString;
}

/** Relative paths of entries that are not what the snapshot holds. */
export type ChangedEntries = ReadonlySet<ByteString>;

/** What came of it, for one folder. */
export interface RestoredFolder {
  /** Absolute path, with symbolic links resolved. */
  readonly target: string;
  /** How every entry looks on this machine. */
  readonly restored: readonly RestoredFile[];
  /** What was left out: devices and sockets. */
  readonly skipped: readonly SkippedEntry[];
  /** Where the replaced folder still is, because this user may not remove all of it; else `null`. */
  readonly leftover: string | null;
}

/** What {@link restoreFolders} did. */
export interface RestoreReport {
  /** Regular files, all folders together. */
  readonly files: number;
  /** Their sizes. */
  readonly bytes: number;
  /** In the order asked for. */
  readonly folders: readonly RestoredFolder[];
}

/**
 * Restores folders of a snapshot: all or nothing. Everything is written to private places beside the
 * targets (or in them, where a target is a mount point) and every byte is checked there; only when all
 * of it is whole do the new folders take the targets' places. What an earlier, interrupted restore
 * left behind is taken care of first.
 *
 * @param repository with its index loaded
 * @throws {HoldfastError} `TARGET_NOT_EMPTY`, `UNSAFE_PATH`, `DATA_DAMAGED`, `DISK_FULL`,
 *   `PERMISSION`, `CONFIG`, `CANCELLED`, `FAILED`, and what the store throws; the targets are as they were
 */
export async function restoreFolders(
  repository: Repository,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const jobs = await prepare(options);
  const swaps: Swapped[] = [];
  let built: BuiltAll;
  try {
    built = await buildAll(repository, jobs, options);
    checkCancelled(options);
    const changed = await changeBuilt(jobs, options);
    checkCancelled(options);
    built = { ...built, trees: built.trees.map((tree, index) => without(tree, changed[index])) };
    for (const { staging, node } of jobs) {
      const folder = node.type === "dir" ? metadataOf(node) : null;
      swaps.push(await swapIn(staging, { force: options.force, folder }));
    }
  } catch (error) {
    await takeBack(jobs, swaps);
    throw error;
  }
  const leftovers: (string | null)[] = [];
  for (const swap of swaps) leftovers.push(await swap.settle());
  const folders = jobs.map(({ staging }, index): RestoredFolder => {
    const { restored = [], skipped = [] } = built.trees[index] ?? {};
    const target = staging.target.path;
    return {
      target: toText(target),
      restored: lookAgain(target, restored),
      skipped,
      leftover: leftovers[index] ?? null,
    };
  });
  return { files: built.files, bytes: built.bytes, folders };
}

interface RestoreJob {
  readonly staging: Staging;
  readonly node: Node;
}

/** Looks at all targets before anything is made. */
async function prepare({ folders, force, signal }: RestoreOptions): Promise<RestoreJob[]> {
  checkCancelled({ signal });
  for (const { target } of folders) await recoverTarget(target);
  const targets = folders.map(({ target }) => inspectTarget(target));
  checkApart(targets);
  for (const target of targets) checkReplaceable(target, force);
  const jobs: RestoreJob[] = [];
  try {
    for (const [index, target] of targets.entries()) {
      const node = folders[index]?.node;
      if (node !== undefined) jobs.push({ node, staging: createStaging(target) });
    }
    return jobs;
  } catch (error) {
    await takeBack(jobs, []);
    throw error;
  }
}

/** Two folders that are restored at once must not lie in each other. */
function checkApart(targets: readonly Target[]): void {
  for (const [index, { path }] of targets.entries()) {
    const other = targets.find((each, i) => i !== index && `${each.path}/`.startsWith(`${path}/`));
    if (other === undefined) continue;
    throw new HoldfastError({
      code: "CONFIG",
      message: `'${toText(path)}' and '${toText(other.path)}' cannot be restored at once`,
      hint: "restore folders to places apart from each other",
    });
  }
}

interface BuiltAll {
  readonly trees: readonly BuiltTree[];
  readonly files: number;
  readonly bytes: number;
}

async function buildAll(
  repository: Repository,
  jobs: readonly RestoreJob[],
  options: RestoreOptions,
): Promise<BuiltAll> {
  await using pool = startWritePool(repository, options);
  const trees = options.trees ?? new TreeReader(repository, options);
  const plans = await mapParallel(jobs, jobs.length, ({ node }) => planRestore(trees, node));
  checkCancelled(options);
  options.onPlanned?.(plans);
  const places = jobs.map(({ staging }, index) => ({ staging, plan: plans[index] ?? emptyPlan() }));
  for (const { staging, plan } of places) makeFolders(staging.root, plan);
  const files = places.flatMap(({ staging, plan }) =>
    plan.files.map((file) => ({ root: staging.root, file })),
  );
  const { stamps, bytes } = await writeFiles(repository, pool, files, options);
  let start = 0;
  const built = places.map(({ staging, plan }) => {
    const own = stamps.subarray(start, (start += 2 * plan.files.length));
    return finishTree(staging.root, plan, own, { rootStays: staging.work !== null });
  });
  return {
    trees: built,
    files: places.reduce((sum, { plan }) => sum + plan.files.length + plan.hardLinks.length, 0),
    bytes,
  };
}

async function changeBuilt(
  jobs: readonly RestoreJob[],
  { folders, beforeSwap }: RestoreOptions,
): Promise<readonly ChangedEntries[]> {
  if (beforeSwap === undefined) return [];
  const built = jobs.map(({ node, staging }, index) => {
    return { node, target: folders[index]?.target ?? "", root: staging.root };
  });
  try {
    return await beforeSwap(built);
  } catch (error) {
    throw fileError(error, "could not prepare what was restored");
  }
}

/** What was changed is not to be known for what the snapshot holds. */
function without(tree: BuiltTree, changed: ChangedEntries = new Set()): BuiltTree {
  if (changed.size === 0) return tree;
  return { ...tree, restored: tree.restored.filter(({ path }) => !changed.has(path)) };
}

async function takeBack(jobs: readonly RestoreJob[], swaps: readonly Swapped[]): Promise<void> {
  try {
    for (const swap of swaps.toReversed()) swap.undo();
    for (const { staging } of jobs) await removeStaging(staging);
  } catch {
    // the error that led here says more; what is left, the next start takes care of
  }
}

/** Moving changes the ctime of what was moved: the folder itself, or the entries in it. */
function lookAgain(target: ByteString, restored: readonly RestoredFile[]): RestoredFile[] {
  return restored.map((file) => {
    return file.path.includes("/") ? file : { path: file.path, ...stampAt(joinPath(target, file.path)) };
  });
}
