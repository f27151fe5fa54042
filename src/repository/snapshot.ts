import { HoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import type { CallOptions } from "../stores/store.ts";
import { formatTime, parseTime } from "./go-time.ts";
import { type Id, isId } from "./ids.ts";
import {
  asObject,
  countField,
  idField,
  type JsonObject,
  optionalIdField,
  parseObject,
  textField,
  textListField,
} from "./json.ts";
import { baseName, SNAPSHOTS } from "./layout.ts";
import type { Repository } from "./repository.ts";
import { readSealedFile } from "./sealed-file.ts";

/** What a save counted; bytes are of plaintext unless they say packed. */
export interface SnapshotSummary {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  readonly dataAdded: number;
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
}

/** A snapshot before it has a name. */
export interface NewSnapshot {
  readonly timeNs: bigint;
  readonly parent: Id | null;
  /** Root tree; it holds the components of `paths` as nested folders. */
  readonly tree: Id;
  /** Absolute paths. */
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly excludes: readonly string[];
  readonly tags: readonly string[];
  /** The snapshot that this one replaces, when it was rewritten. */
  readonly original: Id | null;
  readonly programVersion: string;
  readonly summary: SnapshotSummary | null;
}

/** The state of some folders at one instant. */
export interface Snapshot extends NewSnapshot {
  readonly id: Id;
}

const PARALLEL = 8;
const SUMMARY_COUNTS = [
  ["files_new", "filesNew"],
  ["files_changed", "filesChanged"],
  ["files_unmodified", "filesUnmodified"],
  ["dirs_new", "dirsNew"],
  ["dirs_changed", "dirsChanged"],
  ["dirs_unmodified", "dirsUnmodified"],
  ["data_blobs", "dataBlobs"],
  ["tree_blobs", "treeBlobs"],
  ["data_added", "dataAdded"],
  ["data_added_packed", "dataAddedPacked"],
  ["total_files_processed", "totalFilesProcessed"],
  ["total_bytes_processed", "totalBytesProcessed"],
] as const;

/** The JSON of a snapshot file (restic `doc/design.rst`, "Snapshots"). */
export function encodeSnapshot(snapshot: NewSnapshot): string {
  return JSON.stringify({
    time: formatTime(snapshot.timeNs),
    parent: snapshot.parent ?? undefined,
    tree: snapshot.tree,
    paths: snapshot.paths,
    hostname: snapshot.hostname || undefined,
    username: snapshot.username || undefined,
    uid: snapshot.uid || undefined,
    gid: snapshot.gid || undefined,
    excludes: snapshot.excludes.length > 0 ? snapshot.excludes : undefined,
    tags: snapshot.tags.length > 0 ? snapshot.tags : undefined,
    original: snapshot.original ?? undefined,
    program_version: snapshot.programVersion || undefined,
    summary: snapshot.summary === null ? undefined : encodeSummary(snapshot.summary),
  });
}

function encodeSummary(summary: SnapshotSummary): JsonObject {
  const counts: Readonly<Record<string, number>> = Object.fromEntries(
    SUMMARY_COUNTS.map(([field, property]) => [field, summary[property]]),
  );
  return {
    backup_start: formatTime(summary.startNs),
    backup_end: formatTime(summary.endNs),
    ...counts,
  };
}

/**
 * A snapshot from the JSON of its file.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not one
 */
export function decodeSnapshot(id: Id, text: string): Snapshot {
  const json = parseObject(text, "a snapshot");
  return {
    id,
    timeNs: parseTime(textField(json, "time")),
    parent: optionalIdField(json, "parent"),
    tree: idField(json, "tree"),
    paths: textListField(json, "paths"),
    hostname: textField(json, "hostname"),
    username: textField(json, "username"),
    uid: countField(json, "uid"),
    gid: countField(json, "gid"),
    excludes: textListField(json, "excludes"),
    tags: textListField(json, "tags"),
    original: optionalIdField(json, "original"),
    programVersion: textField(json, "program_version"),
    summary: json["summary"] === undefined ? null : decodeSummary(asObject(json["summary"], "summary")),
  };
}

function decodeSummary(json: JsonObject): SnapshotSummary {
  const counts = SUMMARY_COUNTS.map(([field, property]) => [property, countField(json, field)]);
  return {
    startNs: parseTime(textField(json, "backup_start")),
    endNs: parseTime(textField(json, "backup_end")),
    ...(Object.fromEntries(counts) as Omit<SnapshotSummary, "startNs" | "endNs">),
  };
}

/** All snapshots of a repository. */
export interface SnapshotList {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** Those whose file cannot be read. */
  readonly damaged: readonly Id[];
  /** Names of all files that stand where snapshots do. */
  readonly names: readonly string[];
}

/**
 * Reads all snapshots; a damaged file is reported, so that the others can still be used.
 *
 * @throws what the store throws
 */
export async function readSnapshots(
  repository: Repository,
  options: CallOptions = {},
): Promise<SnapshotList> {
  const ids: Id[] = [];
  const names: string[] = [];
  for await (const file of repository.store.list(SNAPSHOTS, options)) {
    names.push(file.name);
    const id = baseName(file.name);
    if (isId(id)) ids.push(id);
  }
  const damaged: Id[] = [];
  const read = await mapParallel(ids, PARALLEL, async (id) => {
    try {
      return decodeSnapshot(id, await readSealedFile(repository, `${SNAPSHOTS}${id}`, options));
    } catch (error) {
      // Forgotten by another writer since the listing: not there, so not damaged either.
      if (!(error instanceof HoldfastError) || !["DATA_DAMAGED", "NOT_FOUND"].includes(error.code))
        throw error;
      if (error.code === "DATA_DAMAGED") damaged.push(id);
      return null;
    }
  });
  const snapshots = read.filter((snapshot) => snapshot !== null);
  return { snapshots: snapshots.sort(compareSnapshots), damaged, names };
}

/** Orders snapshots from the oldest to the newest, and those of one instant by their ids. */
export function compareSnapshots(a: Snapshot, b: Snapshot): number {
  if (a.timeNs === b.timeNs) return a.id < b.id ? -1 : 1;
  return a.timeNs < b.timeNs ? -1 : 1;
}

/**
 * All readable snapshots, oldest first; for callers that need every one.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` naming the file, when one cannot be read
 */
export async function listSnapshots(
  repository: Repository,
  options: CallOptions = {},
): Promise<readonly Snapshot[]> {
  const { snapshots, damaged } = await readSnapshots(repository, options);
  if (damaged.length === 0) return snapshots;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the snapshot file ${damaged.map((id) => id.slice(0, 8)).join(", ")} cannot be read`,
    hint: "holdfast check tells what is whole; restic repair or a copy of the file can bring it back",
  });
}

/**
 * The snapshot that `query` names: an id, the start of one, or `latest`.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT` when there is none, `CONFIG` when several start so
 */
export function findSnapshot(snapshots: readonly Snapshot[], query: string): Snapshot {
  const matches =
    query === "latest" ? snapshots.slice(-1) : snapshots.filter(({ id }) => id.startsWith(query));
  const [first, second] = matches;
  if (first === undefined) {
    throw new HoldfastError({
      code: "NO_SNAPSHOT",
      message: query === "latest" ? "nothing is saved yet" : `there is no snapshot '${query}'`,
      hint: "list them with: holdfast snapshots",
    });
  }
  if (second === undefined) return first;
  throw new HoldfastError({
    code: "CONFIG",
    message: `several snapshots start with '${query}'`,
    hint: "give more digits of the id",
  });
}
