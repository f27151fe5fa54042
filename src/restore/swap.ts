import { chmodSync, lstatSync, mkdirSync, renameSync } from "node:fs";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import { exchange, renameNoReplace } from "../base/system.ts";
import type { Metadata } from "./metadata.ts";
import { discard, insideParts, makeWorkFolder, type Staging, type Swapped } from "./staging.ts";
import { swapInside } from "./swap-inside.ts";
import { namesInTarget, notEmpty, type Target } from "./target.ts";

/** How a finished tree takes the target's place. */
export interface SwapOptions {
  /** Replace what is there. */
  readonly force: boolean;
  /** What is set on the target when it stays and only its entries are swapped; `null` when no folder is restored. */
  readonly folder: Metadata | null;
}

/** What a system says that does not let a folder be renamed: a mount point, a lower layer of an overlay, a sticky parent. */
const REFUSED: ReadonlySet<string> = new Set(["EBUSY", "EXDEV", "EPERM", "EACCES"]);

/**
 * Puts a finished tree in the target's place at one instant: by one rename where the target is missing
 * or empty, by an exchange where it is not. Where neither can be done, the entries are swapped under a
 * journal.
 *
 * @throws {HoldfastError} `TARGET_NOT_EMPTY` when something came there meanwhile, `PERMISSION`,
 *   `FAILED`; what was there is still there, or a journal says how to carry on
 */
export async function swapIn(staging: Staging, { force, folder }: SwapOptions): Promise<Swapped> {
  const { target } = staging;
  try {
    if (staging.work !== null) return await swapEntries(staging, staging.work, force, folder);
    try {
      return swapBeside(staging, force, folder !== null);
    } catch (error) {
      if (!REFUSED.has((error as NodeJS.ErrnoException).code ?? "") || target.state === "missing")
        throw error;
      const work = moveInside(staging, error);
      return await swapEntries(staging, work, force, folder);
    }
  } catch (error) {
    throw fileError(error, `could not replace '${toText(target.path)}'`);
  }
}

function swapBeside({ target, root, old }: Staging, force: boolean, isFolder: boolean): Swapped {
  const { path } = target;
  if (renamedToFreePlace(root, path)) {
    return { undo: () => rename(path, root), settle: nothingReplaced };
  }
  if (!force) {
    if (!isFolder) throw notEmpty(target);
    renameOverEmpty(root, target);
    const undo = (): void => {
      rename(path, root);
      mkdirSync(toPath(path));
    };
    return { undo, settle: nothingReplaced };
  }
  if (exchange(root, path)) rename(root, old);
  else replaceInTwoSteps(root, path, old);
  const undo = (): void => {
    rename(path, root);
    rename(old, path);
  };
  return { undo, settle: () => discard(old) };
}

async function swapEntries(
  { target }: Staging,
  work: ByteString,
  force: boolean,
  folder: Metadata | null,
): Promise<Swapped> {
  if (folder === null) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `'${toText(target.path)}' is a folder that has to stay, and what is restored is none`,
      hint: "restore to a path in that folder with --to",
    });
  }
  const outgoing = namesInTarget(target.path, target.isMountPoint);
  if (outgoing.length > 0 && !force) throw notEmpty(target);
  return swapInside(target.path, work, outgoing, folder);
}

function nothingReplaced(): Promise<null> {
  return Promise.resolve(null);
}

/** Turns work beside a target into work inside it; gives the work folder. */
function moveInside({ target, root, inside }: Staging, refusal: unknown): ByteString {
  try {
    makeWorkFolder(target.path, inside);
    chmodSync(toPath(root), 0o700); // what moves to another folder has to be writable
    rename(root, insideParts(inside).root);
    return inside;
  } catch {
    throw refusal; // the first refusal says more
  }
}

/** False when the place is taken. */
function renamedToFreePlace(source: ByteString, place: ByteString): boolean {
  try {
    if (renameNoReplace(source, place)) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  if (lstatSync(toPath(place), { throwIfNoEntry: false }) !== undefined) return false;
  rename(source, place);
  return true;
}

/** One step too: an empty folder is replaced, and anything else is refused, by the system itself. */
function renameOverEmpty(source: ByteString, target: Target): void {
  try {
    rename(source, target.path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR" ? notEmpty(target) : error;
  }
}

/** Where the system cannot exchange; `recoverTarget` knows the state in between. */
function replaceInTwoSteps(source: ByteString, place: ByteString, old: ByteString): void {
  rename(place, old);
  try {
    rename(source, place);
  } catch (error) {
    rename(old, place);
    throw error;
  }
}

function rename(source: ByteString, place: ByteString): void {
  renameSync(toPath(source), toPath(place));
}
