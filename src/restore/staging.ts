import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { joinPath, parentOf } from "../base/byte-path.ts";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import { removeTree } from "../base/remove-tree.ts";
import { readJournal } from "./journal.ts";
import { setBackTimes, timesOf } from "./metadata.ts";
import { besideNames, insideName, newStagingId } from "./staging-name.ts";
import type { Target } from "./target.ts";

/** A private place where a tree is built before it takes the target's place. */
export interface Staging {
  readonly target: Target;
  /** What is restored is made under this name; it is not there yet. */
  readonly root: ByteString;
  /** Where what is replaced goes, until everything is in place. */
  readonly old: ByteString;
  /** The folder of this work inside the target; `null` for work beside it. */
  readonly work: ByteString | null;
  /** A way to turn work beside the target into work inside it, when a rename is refused. */
  readonly inside: ByteString;
  /** The first folder that had to be made on the way to the target. */
  readonly madeParent: ByteString | null;
}

/** A tree that has taken the target's place. */
export interface Swapped {
  /** Puts back what was there before; not after {@link Swapped.settle}. */
  undo(): void;
  /** Removes what was replaced; gives its path when this user may not remove all of it. */
  settle(): Promise<string | null>;
}

/**
 * Makes room for a new tree, on the file system of the target.
 *
 * @throws {HoldfastError} `PERMISSION`, `DISK_FULL`
 */
export function createStaging(target: Target): Staging {
  try {
    const id = newStagingId();
    const mtimeNs = target.state === "missing" ? 0n : timesOf(target.path).mtimeNs;
    const inside = joinPath(target.path, insideName(id, mtimeNs));
    if (target.place === "inside") {
      makeWorkFolder(target.path, inside);
      const { root, old } = insideParts(inside);
      return { target, root, old, work: inside, inside, madeParent: null };
    }
    const made = target.state === "missing" ? makeParents(target.parent) : null;
    const names = besideNames(target.basename, id);
    const root = joinPath(target.parent, names.new);
    return { target, root, old: joinPath(target.parent, names.old), work: null, inside, madeParent: made };
  } catch (error) {
    throw fileError(error, `could not write to '${toText(target.path)}'`);
  }
}

/** Makes a folder in the target, which keeps its times until it gets new ones. */
export function makeWorkFolder(target: ByteString, work: ByteString): void {
  const before = timesOf(target);
  mkdirSync(toPath(work), 0o700);
  setBackTimes(target, before);
}

/** The parts of a work folder inside a target. */
export interface InsideParts {
  /** The new tree. */
  readonly root: ByteString;
  /** What is replaced. */
  readonly old: ByteString;
  /** What came in the way later. */
  readonly late: ByteString;
}

/** Where the parts of a work folder are. */
export function insideParts(work: ByteString): InsideParts {
  const at = (name: string): ByteString => joinPath(work, name as ByteString);
  return { root: at("new"), old: at("old"), late: at("late") };
}

/** Removes what was replaced; gives its path when it cannot be removed, which the next start tries again. */
export async function discard(path: ByteString): Promise<string | null> {
  try {
    await removeTree(path);
    return null;
  } catch {
    return toText(path); // in a folder of somebody else; the restore is done all the same
  }
}

/** Takes away everything that {@link createStaging} and work in it made, unless it has to be carried on with. */
export async function removeStaging({ root, inside, madeParent, target }: Staging): Promise<void> {
  await removeTree(root);
  if (existsSync(toPath(inside)) && readJournal(inside) === null) {
    const before = timesOf(target.path);
    await removeTree(inside);
    setBackTimes(target.path, before);
  }
  if (madeParent === null) return;
  let folder = target.parent;
  while (folder.length >= madeParent.length && isRemoved(folder)) {
    folder = parentOf(folder);
  }
}

/** False when somebody has begun to use the folder. */
function isRemoved(folder: ByteString): boolean {
  try {
    rmdirSync(toPath(folder));
    return true;
  } catch {
    return false;
  }
}

/** Gives the first one that was not there. */
function makeParents(folder: ByteString): ByteString | null {
  if (existsSync(toPath(folder))) return null;
  const made = makeParents(parentOf(folder));
  mkdirSync(toPath(folder));
  return made ?? folder;
}
