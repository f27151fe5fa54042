import { type ByteString, fromText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import { LongPaths } from "../base/long-path.ts";
import type { ProgressListener } from "../base/progress.ts";
import { BlobWriter } from "../repository/blob-writer.ts";
import { nowNs } from "../repository/go-time.ts";
import type { Id } from "../repository/ids.ts";
import { indexUnlistedPacks, loadIndex } from "../repository/index-files.ts";
import { acquireLock } from "../repository/lock.ts";
import type { Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { contentDefinedCut } from "./chunker.ts";
import { liveView } from "./folder-view.ts";
import { CLOCK_TICK_NS, recognise } from "./known-entry.ts";
import type { AheadListings } from "./listing.ts";
import { freeze, type FreezeOptions, type FreezeReport } from "./live/freeze.ts";
import type { StateRoot } from "./live/scan.ts";
import { parentNodes } from "./parent-nodes.ts";
import { type Disposable, selectBy } from "./patterns.ts";
import { FileReader } from "./read-file.ts";
import { advanceRestoredRecord, readRestoredRecord, type RestoredFiles } from "./restored-files.ts";
import { newCounts, type SaveContext, type SaveCounts, type SaveProblem } from "./save-context.ts";
import { newFolderNode, saveFolder } from "./save-folder.ts";
import {
  components,
  findStateFolders,
  type SavedFolder,
  saveRootTree,
  type StateFolder,
} from "./state-paths.ts";
import { createUploadProgress } from "./upload-progress.ts";
import { type Line, writeSnapshot } from "./write-snapshot.ts";

/** A state that was read in full, before anything of it can be seen. */
export interface ReadState {
  readonly tree: Id;
  readonly counts: Readonly<SaveCounts>;
  /** The repository had all of it already. */
  readonly isKnown: boolean;
}

/** How a save ends: with a new snapshot, or without one because there is one of the same state. */
export type SaveEnding =
  { readonly tags: readonly string[]; readonly line?: Line | undefined } | { readonly same: Snapshot };

/** What {@link saveFolders} is asked for. */
export interface SaveFoldersOptions {
  /** The state: one or more folders. */
  readonly folders: readonly string[];
  /** The snapshot that the state most likely is the same as; what is unchanged since is not read. */
  readonly parent: Snapshot | null;
  /** Tags of the new snapshot, or what chooses how to end when everything has been read. */
  readonly tags: readonly string[] | ((state: ReadState) => Promise<SaveEnding>);
  /** Patterns as in `.gitignore`, relative to each folder. */
  readonly exclude?: readonly string[];
  /** When not empty: only files that match one of these. */
  readonly include?: readonly string[];
  /** By the path of a state folder: what in it is left out unless the user says otherwise. */
  readonly disposable?: ReadonlyMap<string, Disposable>;
  /** Absolute paths that are never part of the state, such as the store itself. */
  readonly skip?: readonly string[];
  /** What was looked at already, while the repository was being opened. */
  readonly ahead?: AheadListings;
  /** Whether and how to stop the app for a moment; nobody is stopped when it is not given. */
  readonly freeze?: FreezeOptions;
  /** Where restores left their records; none are used when it is not given. */
  readonly cacheFolder?: string;
  readonly programVersion: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a save did; sizes in bytes. */
export interface SaveReport {
  readonly snapshot: Snapshot;
  /** The snapshot was there already, of the same state: nothing was stored. */
  readonly isUnchanged: boolean;
  readonly counts: Readonly<SaveCounts>;
  /** Plaintext of what the repository did not have yet. */
  readonly addedBytes: number;
  /** All that was written to the store. */
  readonly storedBytes: number;
  /** Entries that are not in the snapshot as they are on the disk. */
  readonly problems: readonly SaveProblem[];
  /** Whether the state was seen at one instant. */
  readonly freeze: FreezeReport;
}

const NOBODY_STOPS: FreezeOptions = { mode: "never", maxPauseMs: 0 };

/**
 * Saves folders as a new snapshot: packs, then their index, then the snapshot, so that a snapshot that
 * can be seen is complete. Reads the repository's index itself, under its lock.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing, `LOCKED`, `CONFLICT` when another writer has
 *   removed what it relied on, `NOT_FROZEN`, `CANCELLED`, and what the store throws; no snapshot is made then
 */
export async function saveFolders(repository: Repository, options: SaveFoldersOptions): Promise<SaveReport> {
  const { signal } = options;
  options.ahead?.stop();
  const folders = findStateFolders(options.folders);
  await using lock = await acquireLock(repository, { exclusive: false, signal });
  const { damaged } = await loadIndex(repository, { signal });
  const upload = createUploadProgress(options.onProgress);
  await using writer = new BlobWriter(repository, { signal, onSent: upload.onSent });
  using longPaths = new LongPaths();
  const startNs = nowNs();
  const looking = newContext(repository, writer, longPaths, options);
  if (damaged.length > 0) await looking.findUnlisted();
  const restored = await readRecords(repository, folders, options);
  const roots: StateRoot[] = [];
  for (const folder of folders)
    roots.push(await rootOf(looking, folder, options, restored.get(folder.path) ?? null));
  await using frozen = await freeze(looking, roots, looking.view, options.freeze ?? NOBODY_STOPS);
  const context: SaveContext = { ...looking, view: frozen.view };
  const saved: SavedFolder[] = [];
  for (const [index, { path }] of folders.entries())
    saved.push(await saveStateFolder(context, path, roots[index] as StateRoot));
  const { counts, problems } = context;
  const tree = await saveRootTree(context, saved, options.parent?.tree ?? null);
  const { tags } = options;
  const ending =
    typeof tags === "function" ? await tags({ tree, counts, isKnown: writer.isEmpty }) : { tags };
  const rest = { counts, problems, freeze: frozen.report };
  if ("same" in ending)
    return { ...rest, snapshot: ending.same, isUnchanged: true, addedBytes: 0, storedBytes: 0 };
  const { snapshot, storedBytes } = await writeSnapshot(
    { ...context, upload },
    {
      ...ending,
      startNs,
      timeNs: context.view.timeNs ?? startNs,
      tree,
      paths: folders.map(({ path }) => path),
      parent: options.parent,
      excludes: options.exclude ?? [],
      programVersion: options.programVersion,
      lock,
    },
  );
  await advanceRecords(repository, restored, snapshot, options);
  const { addedBytes } = writer.totals;
  return { ...rest, snapshot, isUnchanged: false, addedBytes, storedBytes };
}

function newContext(
  repository: Repository,
  writer: BlobWriter,
  longPaths: LongPaths,
  options: SaveFoldersOptions,
): SaveContext {
  const { parent, signal, onProgress } = options;
  const counts = newCounts();
  const summary = parent?.summary ?? null;
  const skip = new Set((options.skip ?? []).map(fromText));
  let unlisted: Promise<unknown> | null = null;
  return {
    repository,
    writer,
    longPaths,
    view: liveView({ longPaths, ahead: options.ahead, skip }),
    parentTrees: new TreeReader(repository, { signal }),
    findUnlisted: () => (unlisted ??= indexUnlistedPacks(repository, { signal })),
    files: new FileReader(writer, contentDefinedCut(repository.chunkerPolynomial)),
    trustedBeforeNs: parent === null ? 0n : seenNs(parent) - CLOCK_TICK_NS,
    skip,
    counts,
    problems: [],
    signal,
    onProgress,
    expected:
      summary === null ? null : { files: summary.totalFilesProcessed, bytes: summary.totalBytesProcessed },
  };
}

/** When the state of a snapshot was read, which is before its time where that was moved behind its parent's. */
function seenNs({ timeNs, summary }: Snapshot): bigint {
  return summary !== null && summary.endNs < timeNs ? summary.startNs : timeNs;
}

async function rootOf(
  context: SaveContext,
  { path, real, stats }: StateFolder,
  options: SaveFoldersOptions,
  restored: RestoredFiles | null,
): Promise<StateRoot> {
  const parent = await findParentNode(context, options.parent, path);
  return {
    stats,
    parent,
    folder: {
      absolute: real,
      relative: "" as ByteString,
      depth: 0,
      parentTree: parent?.subtree ?? null,
      selection: selectBy(options.exclude ?? [], options.include ?? [], options.disposable?.get(path)),
      evidence: { trustedBeforeNs: context.trustedBeforeNs, restored },
    },
  };
}

async function saveStateFolder(
  context: SaveContext,
  path: string,
  { folder, stats, parent }: StateRoot,
): Promise<SavedFolder> {
  const subtree = await saveFolder(context, folder).catch((error: unknown) => {
    throw fileError(error, `could not read the state folder ${path}`);
  });
  const tree = subtree ?? context.writer.add("tree", Buffer.from('{"nodes":[]}\n'));
  const seen = context.view.root({ ...folder, stats });
  const isKnown =
    parent?.subtree === tree && recognise(parent, folder.relative, seen.stats, folder.evidence) !== "unknown";
  const name = fromText(components(path).at(-1) ?? "");
  return {
    path,
    node: isKnown ? parent : newFolderNode({ name, path: folder.absolute, parent }, seen, tree),
  };
}

/** What the parent snapshot has at a path. */
async function findParentNode(
  context: SaveContext,
  parent: Snapshot | null,
  path: string,
): Promise<Node | undefined> {
  let tree: Id | null = parent?.tree ?? null;
  let node: Node | undefined;
  for (const name of components(path).map(fromText)) {
    node = (await parentNodes(context, tree))?.get(name);
    tree = node?.subtree ?? null;
  }
  return node;
}

async function readRecords(
  repository: Repository,
  folders: readonly StateFolder[],
  { cacheFolder, parent }: SaveFoldersOptions,
): Promise<ReadonlyMap<string, RestoredFiles>> {
  const records = new Map<string, RestoredFiles>();
  if (cacheFolder === undefined || parent === null) return records;
  for (const { path } of folders) {
    const record = await readRestoredRecord(cacheFolder, {
      repository: repository.id,
      folder: path,
      snapshot: parent.id,
    });
    if (record !== null) records.set(path, record);
  }
  return records;
}

async function advanceRecords(
  repository: Repository,
  records: ReadonlyMap<string, RestoredFiles>,
  snapshot: Snapshot,
  { cacheFolder }: SaveFoldersOptions,
): Promise<void> {
  if (cacheFolder === undefined) return;
  for (const folder of records.keys()) {
    // The snapshot is made; a record that stays behind only means that the next save reads more.
    await advanceRestoredRecord(cacheFolder, {
      repository: repository.id,
      folder,
      snapshot: snapshot.id,
    }).catch(() => undefined);
  }
}
