import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkCancelled } from "../cancelled.ts";
import { systemCodeOf } from "./errors.ts";
import { isName, isTemporaryName } from "../names.ts";
import type { CallOptions, StoredFile } from "../store.ts";
import { isLeftover } from "./temporary.ts";

/** Requests at the same time: enough to keep Node's threads busy. */
const FOLDERS_AT_ONCE = 16;
const STATS_AT_ONCE = 64;

/** Where a walk begins and what it gives. */
export interface Walk extends CallOptions {
  readonly root: string;
  /** The folder below the root that holds every match, '' for the root itself. */
  readonly folder: string;
  readonly prefix: string;
  /** Gets the path of every old temporary file on the way. */
  readonly onLeftover: (path: string) => void;
}

/**
 * Every file below a folder whose name starts with the prefix. Symbolic links are not followed, and
 * what no store could have written (`lost+found`) is passed over.
 *
 * @throws {HoldfastError} `CANCELLED`; and system errors as they are
 */
export async function* walk(options: Walk): AsyncGenerator<StoredFile> {
  const folders = [options.folder];
  while (folders.length > 0) {
    checkCancelled(options);
    const files: string[] = [];
    const some = folders.splice(-FOLDERS_AT_ONCE);
    for (const entries of await Promise.all(some.map((folder) => readFolder(options.root, folder)))) {
      for (const { name, isFolder } of entries) {
        if (!(isFolder ? `${name}/` : name).startsWith(options.prefix)) continue;
        if (isFolder && isName(name)) folders.push(name);
        else if (!isFolder && (isName(name) || isTemporaryName(name))) files.push(name);
      }
    }
    yield* measure(files, options);
  }
}

/** Asks for the sizes; a file that is gone since it was seen is not listed. */
async function* measure(names: readonly string[], options: Walk): AsyncGenerator<StoredFile> {
  for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
    const some = names.slice(start, start + STATS_AT_ONCE);
    const measured = await Promise.all(some.map((name) => statsOf(options.root, name)));
    for (const { name, path, stats } of measured) {
      if (stats === null) continue;
      checkCancelled(options);
      if (!isTemporaryName(name)) yield { name, sizeBytes: stats.size };
      else if (isLeftover(stats)) options.onLeftover(path);
    }
  }
}

/** The files and folders in a folder, with the names that they have below the root. */
async function readFolder(root: string, folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({
        name: folder === "" ? entry.name : `${folder}/${entry.name}`,
        isFolder: entry.isDirectory(),
      }));
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT" || (code === "ENOTDIR" && folder !== "")) return [];
    throw error;
  }
}

async function statsOf(
  root: string,
  name: string,
): Promise<{ name: string; path: string; stats: Stats | null }> {
  const path = join(root, name);
  try {
    return { name, path, stats: await lstat(path) };
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return { name, path, stats: null };
    throw error;
  }
}
