import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import { LongPaths } from "../base/long-path.ts";
import { makeFifo } from "../base/system.ts";
import { finishLink, finishPath, type Stamp, stampAt } from "./metadata.ts";
import type { RestorePlan, SkippedEntry } from "./plan.ts";

/** An entry as it now is on this machine; the shape that a later save reads. */
export interface RestoredFile extends Stamp {
  /** Relative to what was restored, '' for that itself. */
  readonly path: ByteString;
}

/** What {@link finishTree} made. */
export interface BuiltTree {
  readonly restored: readonly RestoredFile[];
  readonly skipped: readonly SkippedEntry[];
}

const PRIVATE_MODE = 0o700;
const FIFO_MODE = 0o600;

/**
 * Makes the folders of a plan, closed to others until everything is in them.
 *
 * @throws {HoldfastError} `DISK_FULL`, `PERMISSION`, `FAILED`
 */
export function makeFolders(root: ByteString, plan: RestorePlan): void {
  using paths = new LongPaths();
  each(plan.folders, "could not make the folder", ({ path }) => {
    mkdirSync(toPath(paths.reach(joinPath(root, path))), PRIVATE_MODE);
  });
}

/**
 * Makes what is left once all files are there: links, named pipes, and at the end modes and times of
 * the folders, from the inside out. Symbolic links come last, so that nothing is written through one.
 *
 * @param stamps inode and ctime of the plan's files, in their order
 * @param rootStays the root is finished by whoever moves its content to another folder
 * @throws {HoldfastError} `DISK_FULL`, `PERMISSION`, `FAILED`
 */
export function finishTree(
  root: ByteString,
  plan: RestorePlan,
  stamps: BigInt64Array,
  { rootStays }: { readonly rootStays: boolean },
): BuiltTree {
  using paths = new LongPaths();
  const reach = (path: ByteString): ByteString => paths.reach(joinPath(root, path));
  const skipped = [...plan.skipped];
  each(plan.hardLinks, "could not link", ({ path, original }) => {
    linkSync(toPath(reach(original)), toPath(reach(path)));
  });
  each(plan.fifos, "could not make the named pipe", ({ path, metadata }) => {
    if (makeFifo(reach(path), FIFO_MODE)) finishPath(reach(path), metadata);
    else skipped.push({ path, type: "fifo" });
  });
  each(plan.symbolicLinks, "could not make the symbolic link", ({ path, target, metadata }) => {
    symlinkSync(toPath(target), toPath(reach(path)));
    finishLink(reach(path), metadata);
  });
  each(plan.folders.toReversed(), "could not finish the folder", ({ path, metadata }) => {
    if (path !== "" || !rootStays) finishPath(reach(path), metadata);
  });
  return { restored: stampsOf(plan, stamps, skipped, reach), skipped };
}

function stampsOf(
  plan: RestorePlan,
  stamps: BigInt64Array,
  skipped: readonly SkippedEntry[],
  reach: (path: ByteString) => ByteString,
): RestoredFile[] {
  const left = new Set(skipped.map(({ path }) => path));
  const restored: RestoredFile[] = [];
  const look = ({ path }: { readonly path: ByteString }): void => {
    if (!left.has(path)) restored.push({ path, ...stampAt(reach(path)) });
  };
  // a hard link changes the ctime that was seen when its file was written
  const linked = new Set(plan.hardLinks.map(({ original }) => original));
  for (const [index, file] of plan.files.entries()) {
    const [inode, ctimeNs] = [BigInt.asUintN(64, stamps[2 * index] ?? 0n), stamps[2 * index + 1] ?? 0n];
    if (linked.has(file.path)) look(file);
    else restored.push({ path: file.path, inode, ctimeNs });
  }
  const others = [plan.folders, plan.hardLinks, plan.symbolicLinks, plan.fifos];
  for (const entry of others.flat()) look(entry);
  return restored;
}

function each<Entry extends { readonly path: ByteString }>(
  entries: readonly Entry[],
  failure: string,
  work: (entry: Entry) => void,
): void {
  for (const entry of entries) {
    try {
      work(entry);
    } catch (error) {
      throw fileError(error, `${failure} '${toText(entry.path)}'`);
    }
  }
}
