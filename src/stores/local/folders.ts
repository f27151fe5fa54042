import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { mapParallel } from "../../base/parallel.ts";
import { systemCodeOf } from "./errors.ts";

const FOLDER_MODE = 0o700;
const MAX_PARALLEL_FOLDERS = 4;
/** Answers of file systems that cannot flush a folder, or anything. */
const CANNOT_SYNC: ReadonlySet<string | null> = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "ENOTTY",
  "EOPNOTSUPP",
]);

/**
 * Makes a folder and those above it. (Node's own way, `recursive`, says `ENOENT` where the disk is
 * read-only or the quota used up.)
 */
export async function makeFolder(folder: string): Promise<void> {
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

/** Flushes folders, so that what appeared or went away in them stays so. */
export async function syncFolders(folders: Iterable<string>): Promise<void> {
  await mapParallel(folders, MAX_PARALLEL_FOLDERS, async (folder) => {
    const handle = await open(folder, "r");
    try {
      await flush(handle);
    } finally {
      await handle.close();
    }
  });
}

/** Flushes an open file or folder, where the file system can. */
export async function flush(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(systemCodeOf(error))) throw error;
  }
}
