import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mapParallel } from "../../base/parallel.ts";
import { checkCancelled } from "../cancelled.ts";
import type { NewFile, WriteOptions } from "../store.ts";
import { systemCodeOf } from "./errors.ts";
import { flush, makeFolder, syncFolders } from "./folders.ts";
import { publishNew, type StagedFile } from "./publish.ts";
import { inodeOf, readBack } from "./read-back.ts";
import { discard, temporaryPath } from "./temporary.ts";

/** As many as the threads that Node has for files; together their flushes cost the disk one. */
const MAX_PARALLEL_FILES = 4;
const FILE_MODE = 0o600;

/** How a batch is written. */
export interface BatchOptions extends WriteOptions {
  /** Each file is read back and compared before the next one appears. */
  readonly readsBack: boolean;
}

interface NewStagedFile extends StagedFile {
  readonly bytes: Uint8Array;
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
  options: BatchOptions,
): Promise<void> {
  const staged = files.map(({ name, bytes }): NewStagedFile => {
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

async function stage(file: NewStagedFile): Promise<void> {
  const handle = await openNew(file.temporary);
  try {
    for (let done = 0; done < file.bytes.length;) {
      done += (await handle.write(file.bytes, done, file.bytes.length - done, done)).bytesWritten;
    }
    await flush(handle);
  } finally {
    await handle.close();
  }
}

async function publishAll(staged: readonly NewStagedFile[], options: BatchOptions): Promise<void> {
  for (const [index, file] of staged.entries()) {
    checkCancelled(options);
    const inode = options.readsBack ? await inodeOf(file.temporary) : null;
    if (options.createOnly === true) await publishNew(file);
    else await rename(file.temporary, file.target);
    if (inode !== null) await readBack(file, inode);
    const folder = dirname(file.target);
    const next = staged[index + 1];
    if (next === undefined || dirname(next.target) !== folder) await syncFolders([folder]);
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
