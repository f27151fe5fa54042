import { setImmediate } from "node:timers/promises";
import type { ByteString } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { LongPaths } from "../base/long-path.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { BlobWriter } from "../repository/blob-writer.ts";
import type { Repository } from "../repository/repository.ts";
import type { TreeReader } from "../repository/tree-reader.ts";
import type { FolderView } from "./folder-view.ts";
import type { FileReader } from "./read-file.ts";

/** Why an entry is not in the snapshot as it is on the disk. */
export type ProblemKind = "vanished" | "unreadable" | "changed-while-read";

/** An entry that could not be saved as it is. */
export interface SaveProblem {
  readonly kind: ProblemKind;
  /** For people: the path, decoded. */
  readonly path: string;
  /** For `unreadable`: what the system said, for example `EACCES`. */
  readonly reason: string | null;
  /** The snapshot has the entry as the parent snapshot had it. */
  readonly kept: boolean;
}

/** What a save has met so far; sizes in bytes. */
export interface SaveCounts {
  filesNew: number;
  filesChanged: number;
  filesUnchanged: number;
  foldersNew: number;
  foldersChanged: number;
  foldersUnchanged: number;
  stateBytes: number;
  readBytes: number;
}

/** Counts of a save that has not begun. */
export function newCounts(): SaveCounts {
  return {
    filesNew: 0,
    filesChanged: 0,
    filesUnchanged: 0,
    foldersNew: 0,
    foldersChanged: 0,
    foldersUnchanged: 0,
    stateBytes: 0,
    readBytes: 0,
  };
}

/** What the parts of one save share. */
export interface SaveContext {
  readonly repository: Repository;
  readonly writer: BlobWriter;
  readonly parentTrees: TreeReader;
  /** Makes packs known that no index lists; looks for them once, when something is missed. */
  readonly findUnlisted: () => Promise<unknown>;
  readonly files: FileReader;
  readonly longPaths: LongPaths;
  readonly view: FolderView;
  /** A time of change before this can be trusted to show every change since the parent was saved. */
  readonly trustedBeforeNs: bigint;
  /** Absolute paths that are never part of the state, such as the store itself. */
  readonly skip: ReadonlySet<ByteString>;
  readonly counts: SaveCounts;
  readonly problems: SaveProblem[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressListener | undefined;
  /** Totals of the parent snapshot: the best guess for this one. */
  readonly expected: { readonly files: number; readonly bytes: number } | null;
}

const BREATH_MS = 50;
let lastBreath = 0;

/** Now and then: tells how far it is, lets signals and timers in, and stops when it was given up. */
export async function breathe(context: SaveContext): Promise<void> {
  const now = performance.now();
  if (now - lastBreath < BREATH_MS) return;
  lastBreath = now;
  const { counts, expected } = context;
  const files = counts.filesNew + counts.filesChanged + counts.filesUnchanged;
  context.onProgress?.({
    phase: "save",
    files,
    totalFiles: expected === null ? null : Math.max(expected.files, files),
    bytes: counts.stateBytes,
    totalBytes: expected === null ? null : Math.max(expected.bytes, counts.stateBytes),
  });
  await setImmediate();
  if (context.signal?.aborted === true) {
    throw new HoldfastError({ code: "CANCELLED", message: "the save was stopped before it was done" });
  }
}
