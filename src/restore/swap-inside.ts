import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { joinPath, lastPart } from "../base/byte-path.ts";
import { type ByteString, toPath } from "../base/byte-string.ts";
import { removeTree } from "../base/remove-tree.ts";
import { type Journal, type Move, readJournal, removeJournal, turnJournal, writeJournal } from "./journal.ts";
import { finishPath, type Metadata, setBackTimes, timesOf } from "./metadata.ts";
import { insideName, parseInsideName } from "./staging-name.ts";
import { discard, insideParts, type Swapped } from "./staging.ts";

const OWNER_WRITES = 0o200;
const PERMISSIONS = 0o7777;
const PRIVATE_MODE = 0o700;

/**
 * Swaps the entries of a folder that cannot be renamed itself: those that are there move to
 * `<work>/old`, those in `<work>/new` take their place. The journal makes it one step: an interruption
 * before it is written changes nothing, and one after it is made up for by {@link resumeInside}.
 *
 * @param outgoing the names that go
 * @param folder what is set on the target itself at the end
 * @throws the error of the system call; then everything is as it was, or the journal is still there
 */
export async function swapInside(
  target: ByteString,
  work: ByteString,
  outgoing: readonly ByteString[],
  folder: Metadata,
): Promise<Swapped> {
  const { root, old } = insideParts(work);
  const before = timesOf(target);
  mkdirSync(toPath(old), PRIVATE_MODE);
  const incoming = readdirSync(toPath(root), { encoding: "latin1" }) as ByteString[];
  const journal: Journal = {
    incoming: incoming.map((name) => moveOf(root, name)),
    outgoing: outgoing.map((name) => moveOf(target, name)),
    folder,
    before,
  };
  writeJournal(work, journal);
  const undo = (): void => {
    turnJournal(work, "commit", "undo");
    moveBack(target, work, journal);
    removeJournal(work, "undo");
    setBackTimes(target, before);
  };
  const stuck = undoOnError(undo, () => moveOut(target, work, journal));
  if (stuck.length === 0) {
    undoOnError(undo, () => moveIn(target, work, journal));
    return { undo, settle: () => settle(target, work, journal) };
  }
  await removeAll(stuck);
  moveIn(target, work, journal);
  // what was removed cannot come back: the journal stays, and the next start finishes the work
  return { undo: () => undefined, settle: () => settle(target, work, journal) };
}

/**
 * Carries on with work that a process left when it ended.
 *
 * @param mtimeNs the time of modification that the target had before the work
 * @throws the error of the system call, or `FAILED` when the journal cannot be understood
 */
export async function resumeInside(
  target: ByteString,
  work: ByteString,
  mtimeNs: bigint,
): Promise<"finished" | "undone"> {
  const found = readJournal(work);
  if (found === null || found.state === "undo") {
    const before = found?.journal.before ?? { ...timesOf(target), mtimeNs };
    if (found !== null) moveBack(target, work, found.journal);
    await removeTree(work);
    setBackTimes(target, before);
    return "undone";
  }
  const { state, journal } = found;
  if (state === "commit") {
    await removeAll(moveOut(target, work, journal));
    moveIn(target, work, journal);
  }
  await settle(target, work, journal, state);
  return "finished";
}

/** Gives the paths that cannot be moved, because they lie in a lower layer of an overlay. */
function moveOut(target: ByteString, work: ByteString, { incoming, outgoing }: Journal): ByteString[] {
  const { root, old } = insideParts(work);
  const incomingNames = new Set(incoming.map(({ name }) => name));
  const stuck: ByteString[] = [];
  for (const { name, mode } of outgoing) {
    const [source, place] = [joinPath(target, name), joinPath(old, name)];
    const isNewOne = incomingNames.has(name) && !exists(joinPath(root, name));
    if (isNewOne || exists(place) || !exists(source)) continue; // done before an interruption
    try {
      move(source, place, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      stuck.push(source);
    }
  }
  return stuck;
}

function moveIn(target: ByteString, work: ByteString, { incoming }: Journal): void {
  const { root, late } = insideParts(work);
  for (const { name, mode } of incoming) {
    const [source, place] = [joinPath(root, name), joinPath(target, name)];
    if (exists(source) && exists(place)) {
      // made by an app that was started after an interruption, before this was carried on with
      mkdirSync(toPath(late), { recursive: true, mode: PRIVATE_MODE });
      move(place, joinPath(late, name), moveOf(target, name).mode);
    }
    if (exists(source)) move(source, place, mode);
    if (mode !== null) chmodSync(toPath(place), mode);
  }
}

function moveBack(target: ByteString, work: ByteString, { incoming, outgoing }: Journal): void {
  const { root, old } = insideParts(work);
  for (const { name, mode } of incoming) {
    const [source, place] = [joinPath(target, name), joinPath(root, name)];
    if (!exists(place) && exists(source)) move(source, place, mode);
  }
  for (const { name, mode } of outgoing) {
    const [source, place] = [joinPath(old, name), joinPath(target, name)];
    if (exists(source)) move(source, place, mode);
    if (mode !== null) chmodSync(toPath(place), mode);
  }
}

async function settle(
  target: ByteString,
  work: ByteString,
  { folder }: Journal,
  state: "commit" | "done" = "commit",
): Promise<string | null> {
  const { root, old, late } = insideParts(work);
  if (state === "commit") turnJournal(work, "commit", "done");
  const leftover = (await discard(root)) ?? (await discard(old)) ?? (await discard(late));
  if (leftover !== null) {
    finishTarget(target, folder);
    return leftover;
  }
  // what can be set while the work is in the folder; its owner has to be able to remove that
  finishTarget(target, { ...folder, mode: folder.mode | PRIVATE_MODE });
  const last = renameWork(target, work, folder.mtimeNs);
  const rest = await discard(last); // the journal goes first, and from then on the name says what is still to be set
  finishTarget(target, folder);
  return rest;
}

/** Puts the time that the target is to have into the name of the work: without a journal, recovery sets that one. */
function renameWork(target: ByteString, work: ByteString, mtimeNs: bigint): ByteString {
  const id = parseInsideName(lastPart(work))?.id;
  if (id === undefined) return work;
  const place = joinPath(target, insideName(id, mtimeNs));
  renameSync(toPath(work), toPath(place));
  return place;
}

function finishTarget(target: ByteString, folder: Metadata): void {
  try {
    finishPath(target, folder);
  } catch (error) {
    // a volume whose folder belongs to somebody else: what is in it counts
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

function undoOnError<Result>(undo: () => void, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    undo();
    throw error;
  }
}

async function removeAll(paths: readonly ByteString[]): Promise<void> {
  for (const path of paths) await removeTree(path);
}

function moveOf(folder: ByteString, name: ByteString): Move {
  const stats = lstatSync(toPath(joinPath(folder, name)));
  const isLocked = stats.isDirectory() && (stats.mode & OWNER_WRITES) === 0 && process.geteuid?.() !== 0;
  return { name, mode: isLocked ? stats.mode & PERMISSIONS : null };
}

/** A folder that moves to another one gets another `..`, so that its owner must be allowed to write to it. */
function move(source: ByteString, place: ByteString, mode: number | null): void {
  if (mode !== null) chmodSync(toPath(source), mode | OWNER_WRITES);
  renameSync(toPath(source), toPath(place));
}

function exists(path: ByteString): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined;
}
