import { randomInt } from "node:crypto";
import { link, mkdir, open, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import { checkCancelled } from "./cancelled.ts";
import { systemCodeOf } from "./local-errors.ts";
import type { NewFile, WriteOptions } from "./store.ts";

/** As many as the threads that Node has for files; together their flushes cost the disk one. */
const MAX_PARALLEL_FILES = 4;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const MAX_BASE_LENGTH = 200;
/** Answers of file systems that cannot flush a folder, or anything. */
const CANNOT_SYNC: ReadonlySet<string | null> = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "ENOTTY",
  "EOPNOTSUPP",
]);
/** Answers of file systems without hard links. */
const CANNOT_LINK: ReadonlySet<string | null> = new Set([
  "EMLINK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
]);

interface StagedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly temporary: string;
  readonly target: string;
}

/**
 * Writes files below `root`. All are staged first, in parallel: written beside their place and
 * flushed. Then they get their names one after the other, and each folder is flushed before a file
 * in another one appears: not even a power failure shows a file without those before it.
 *
 * @throws {HoldfastError} `ALREADY_EXISTS`, `CANCELLED`; and system errors as they are
 */
export async function writeBatch(
  root: string,
  files: readonly NewFile[],
  options: WriteOptions,
): Promise<void> {
  const staged = files.map(({ name, bytes }): StagedFile => {
    const target = join(root, name);
    return { name, bytes, target, temporary: temporaryPath(target) };
  });
  try {
    await mapParallel(staged, MAX_PARALLEL_FILES, async (file) => {
      checkCancelled(options);
      await stage(file);
    });
    await publishAll(staged, options);
  } catch (error) {
    await mapParallel(staged, MAX_PARALLEL_FILES, (file) => discard(file.temporary));
    throw error;
  }
}

/** Flushes folders, so that what appeared or went away in them stays so. */
export async function syncFolders(folders: Iterable<string>): Promise<void> {
  await mapParallel(folders, MAX_PARALLEL_FILES, async (folder) => {
    const handle = await open(folder, "r");
    try {
      await sync(handle);
    } finally {
      await handle.close();
    }
  });
}

/** Removes a temporary file. Failing to is no failure: it is hidden, and swept when it is old. */
export async function discard(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => undefined);
}

async function stage(file: StagedFile): Promise<void> {
  const handle = await openNew(file.temporary);
  try {
    for (let done = 0; done < file.bytes.length;) {
      done += (await handle.write(file.bytes, done, file.bytes.length - done, done)).bytesWritten;
    }
    await sync(handle);
  } finally {
    await handle.close();
  }
}

async function publishAll(staged: readonly StagedFile[], options: WriteOptions): Promise<void> {
  for (const [index, file] of staged.entries()) {
    checkCancelled(options);
    if (options.createOnly === true) await publishNew(file);
    else await rename(file.temporary, file.target);
    const folder = dirname(file.target);
    const next = staged[index + 1];
    if (next === undefined || dirname(next.target) !== folder) await syncFolders([folder]);
  }
}

async function publishNew(file: StagedFile): Promise<void> {
  try {
    await link(file.temporary, file.target);
  } catch (error) {
    const code = systemCodeOf(error);
    if (CANNOT_LINK.has(code)) return publishClaimed(file);
    if (code !== "EEXIST") throw error;
    // Over NFS a repeated request finds its own link: then the file has two names (open(2), O_EXCL).
    if ((await stat(file.temporary)).nlink !== 2) throw taken(file, error);
  }
  await discard(file.temporary);
}

/**
 * Where there are no hard links, whoever made the claim file may rename. A claim that a killed
 * process has left holds the name until it is swept like any other temporary file.
 */
async function publishClaimed(file: StagedFile): Promise<void> {
  const claim = `${file.target}-tmp-0`;
  try {
    await (await open(claim, "wx", FILE_MODE)).close();
  } catch (error) {
    throw systemCodeOf(error) === "EEXIST" ? taken(file, error) : error;
  }
  try {
    if (await exists(file.target)) throw taken(file);
    await rename(file.temporary, file.target);
  } finally {
    await discard(claim);
  }
}

function taken(file: StagedFile, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "ALREADY_EXISTS",
    message: `${file.name} is in the store already`,
    cause,
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Opens a file that must not exist; makes its folder when that is missing. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", FILE_MODE);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
  await makeFolder(dirname(path));
  return open(path, "wx", FILE_MODE);
}

/**
 * Makes a folder and those above it. (Node's own way, `recursive`, says `ENOENT` where the disk is
 * read-only or the quota used up.)
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOneFolder(folder);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeOneFolder(folder);
  }
}

async function makeOneFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, FOLDER_MODE);
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return; // a file in its place shows when it is opened
    throw error;
  }
  await syncFolders([dirname(folder)]);
}

async function sync(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(systemCodeOf(error))) throw error;
  }
}

/** Beside the target, because a rename works only within one disk; short enough for any name. */
function temporaryPath(target: string): string {
  const base = basename(target).slice(0, MAX_BASE_LENGTH);
  return join(dirname(target), `${base}-tmp-${randomInt(1, 2 ** 48 - 1)}`);
}
