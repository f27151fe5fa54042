import { hostname } from "node:os";
import { type ByteString, fromText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import { LongPaths } from "../base/long-path.ts";
import type { ProgressListener } from "../base/progress.ts";
import { BlobWriter } from "../repository/blob-writer.ts";
import { nowNs } from "../repository/go-time.ts";
import type { Id } from "../repository/ids.ts";
import type { RepositoryLock } from "../repository/held-lock.ts";
import { indexUnlistedPacks, loadIndex } from "../repository/index-files.ts";
import { username } from "../repository/key-file.ts";
import { SNAPSHOTS } from "../repository/layout.ts";
import { acquireLock } from "../repository/lock.ts";
import type { Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import { sealFile } from "../repository/sealed-file.ts";
import {
  encodeSnapshot,
  type NewSnapshot,
  type Snapshot,
  type SnapshotSummary,
} from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { contentDefinedCut } from "./chunker.ts";
import { recognise } from "./known-entry.ts";
import type { AheadListings } from "./listing.ts";
import { parentNodes } from "./parent-nodes.ts";
import { selectBy } from "./patterns.ts";
import { FileReader } from "./read-file.ts";
import { advanceRestoredRecord, readRestoredRecord, type RestoredFiles } from "./restored-files.ts";
import type { SaveContext, SaveCounts, SaveProblem } from "./save-context.ts";
import { type Folder, newFolderNode, saveFolder } from "./save-folder.ts";
import {
  components,
  findStateFolders,
  type SavedFolder,
  saveRootTree,
  type StateFolder,
} from "./state-paths.ts";

/** What {@link saveFolders} is asked for. */
export interface SaveFoldersOptions {
  /** The state: one or more folders. */
  readonly folders: readonly string[];
  /** The snapshot that the state most likely is the same as; what is unchanged since is not read. */
  readonly parent: Snapshot | null;
  /** Tags of the new snapshot, or what chooses them when everything has been read. */
  readonly tags: readonly string[] | ((counts: Readonly<SaveCounts>) => readonly string[]);
  /** Patterns as in `.gitignore`, relative to each folder. */
  readonly exclude?: readonly string[];
  /** When not empty: only files that match one of these. */
  readonly include?: readonly string[];
  /** Absolute paths that are never part of the state, such as the store itself. */
  readonly skip?: readonly string[];
  /** What was looked at already, while the repository was being opened. */
  readonly ahead?: AheadListings;
  /** Where restores left their records; none are used when it is not given. */
  readonly cacheFolder?: string;
  readonly programVersion: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a save did; sizes in bytes. */
export interface SaveReport {
  readonly snapshot: Snapshot;
  readonly counts: Readonly<SaveCounts>;
  /** Plaintext of what the repository did not have yet. */
  readonly addedBytes: number;
  /** All that was written to the store. */
  readonly storedBytes: number;
  /** Entries that are not in the snapshot as they are on the disk. */
  readonly problems: readonly SaveProblem[];
}

/** A file system's clock may tick only every 10 ms (a kernel with 100 ticks a second). */
const CLOCK_TICK_NS = 10_000_000n;

/**
 * Saves folders as a new snapshot: packs, then their index, then the snapshot, so that a snapshot that
 * can be seen is complete. Reads the repository's index itself, under its lock.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing, `LOCKED`, `CONFLICT` when another writer has
 *   removed what it relied on, `CANCELLED`, and what the store throws; no snapshot is made then
 */
export async function saveFolders(repository: Repository, options: SaveFoldersOptions): Promise<SaveReport> {
  const { signal } = options;
  options.ahead?.stop();
  const folders = findStateFolders(options.folders);
  await using lock = await acquireLock(repository, { exclusive: false, signal });
  const { damaged } = await loadIndex(repository, { signal });
  await using writer = new BlobWriter(repository, { signal });
  using longPaths = new LongPaths();
  const startNs = nowNs();
  const context = newContext(repository, writer, longPaths, options);
  if (damaged.length > 0) await context.findUnlisted();
  const restored = await readRecords(repository, folders, options);
  const saved: SavedFolder[] = [];
  for (const folder of folders) {
    saved.push(await saveStateFolder(context, folder, options, restored.get(folder.path) ?? null));
  }
  const tree = await saveRootTree(context, saved, options.parent?.tree ?? null);
  const paths = folders.map(({ path }) => path);
  const report = await writeSnapshot(context, options, { startNs, tree, paths, lock });
  await advanceRecords(repository, restored, report.snapshot, options);
  return report;
}

function newContext(
  repository: Repository,
  writer: BlobWriter,
  longPaths: LongPaths,
  options: SaveFoldersOptions,
): SaveContext {
  const { parent, signal, onProgress } = options;
  const counts: SaveCounts = {
    filesNew: 0,
    filesChanged: 0,
    filesUnchanged: 0,
    foldersNew: 0,
    foldersChanged: 0,
    foldersUnchanged: 0,
    stateBytes: 0,
    readBytes: 0,
  };
  const summary = parent?.summary ?? null;
  let unlisted: Promise<unknown> | null = null;
  return {
    repository,
    writer,
    longPaths,
    ahead: options.ahead,
    parentTrees: new TreeReader(repository, { signal }),
    findUnlisted: () => (unlisted ??= indexUnlistedPacks(repository, { signal })),
    files: new FileReader(writer, contentDefinedCut(repository.chunkerPolynomial)),
    trustedBeforeNs: parent === null ? 0n : parent.timeNs - CLOCK_TICK_NS,
    skip: new Set((options.skip ?? []).map(fromText)),
    counts,
    problems: [],
    signal,
    onProgress,
    expected:
      summary === null ? null : { files: summary.totalFilesProcessed, bytes: summary.totalBytesProcessed },
  };
}

async function saveStateFolder(
  context: SaveContext,
  { path, real, stats }: StateFolder,
  options: SaveFoldersOptions,
  restored: RestoredFiles | null,
): Promise<SavedFolder> {
  const parent = await findParentNode(context, options.parent, path);
  const evidence = { trustedBeforeNs: context.trustedBeforeNs, restored };
  const root = "" as ByteString;
  const folder: Folder = {
    absolute: real,
    relative: root,
    depth: 0,
    parentTree: parent?.subtree ?? null,
    selection: selectBy(options.exclude ?? [], options.include ?? []),
    evidence,
  };
  const subtree = await saveFolder(context, folder).catch((error: unknown) => {
    throw fileError(error, `could not read the state folder ${path}`);
  });
  const tree = subtree ?? context.writer.add("tree", Buffer.from('{"nodes":[]}\n'));
  const isKnown = parent?.subtree === tree && recognise(parent, root, stats, evidence) !== "unknown";
  const name = fromText(components(path).at(-1) ?? "");
  return { path, node: isKnown ? parent : newFolderNode(name, real, stats, tree) };
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

interface SavedState {
  readonly startNs: bigint;
  readonly tree: Id;
  readonly paths: readonly string[];
  readonly lock: RepositoryLock;
}

async function writeSnapshot(
  context: SaveContext,
  options: SaveFoldersOptions,
  { startNs, tree, paths, lock }: SavedState,
): Promise<SaveReport> {
  const { repository, writer, counts, problems } = context;
  const files = await writer.finish();
  const snapshot: NewSnapshot = {
    timeNs: startNs,
    parent: options.parent?.id ?? null,
    tree,
    paths,
    hostname: hostname(),
    username: username(),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    excludes: options.exclude ?? [],
    tags: typeof options.tags === "function" ? options.tags(counts) : options.tags,
    original: null,
    programVersion: options.programVersion,
    summary: summarise(context, startNs),
  };
  const file = sealFile(repository.keys, SNAPSHOTS, encodeSnapshot(snapshot));
  // Without the lock, what this snapshot refers to may have been pruned.
  lock.assertHeld();
  const condition = lock.condition(repository.index);
  await repository.store.write([...files, file], { signal: options.signal, condition });
  return {
    snapshot: { ...snapshot, id: file.id },
    counts,
    addedBytes: writer.totals.addedBytes,
    storedBytes: writer.totals.storedBytes + file.bytes.byteLength,
    problems,
  };
}

function summarise({ counts, writer: { totals } }: SaveContext, startNs: bigint): SnapshotSummary {
  return {
    startNs,
    endNs: nowNs(),
    filesNew: counts.filesNew,
    filesChanged: counts.filesChanged,
    filesUnmodified: counts.filesUnchanged,
    dirsNew: counts.foldersNew,
    dirsChanged: counts.foldersChanged,
    dirsUnmodified: counts.foldersUnchanged,
    dataBlobs: totals.dataBlobs,
    treeBlobs: totals.treeBlobs,
    dataAdded: totals.addedBytes,
    dataAddedPacked: totals.packedBytes,
    totalFilesProcessed: counts.filesNew + counts.filesChanged + counts.filesUnchanged,
    totalBytesProcessed: counts.stateBytes,
  };
}
