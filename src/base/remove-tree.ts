import { chmodSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type ByteString, toPath } from "./byte-string.ts";
import { LongPaths } from "./long-path.ts";

/** Entries removed before other work of the process gets its turn. */
const ENTRIES_PER_TURN = 500;

/**
 * Removes a file, or a folder and everything in it, whatever its names, depth and modes; symbolic
 * links are removed, not followed. A path that is not there is not an error.
 *
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export async function removeTree(path: ByteString): Promise<void> {
  using paths = new LongPaths();
  if (unlinked(path)) return;
  const emptied = new Set<ByteString>();
  const folders = [path];
  let entries = 0;
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    if (emptied.delete(folder)) {
      rmdirSync(toPath(paths.reach(folder)));
      folders.pop();
    } else {
      emptied.add(folder);
      const inside = emptyOfFiles(paths.reach(folder));
      for (const name of inside.folders) folders.push(`${folder}/${name}` as ByteString);
      entries += inside.entries;
    }
    if (entries < ENTRIES_PER_TURN) continue;
    entries = 0;
    await setImmediate();
  }
}

/** True when there is nothing any more at `path`; false for a folder. */
function unlinked(path: ByteString): boolean {
  try {
    unlinkSync(toPath(path));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    if (code === "EISDIR" || code === "EPERM") return false; // Linux, and what POSIX says
    throw error;
  }
}

/** Removes everything but folders. */
function emptyOfFiles(folder: ByteString): { readonly folders: string[]; readonly entries: number } {
  // a read-only folder does not let go of its entries, except to root
  if (process.getuid?.() !== 0) chmodSync(toPath(folder), 0o700);
  const folders: string[] = [];
  const entries = readdirSync(toPath(folder), { withFileTypes: true, encoding: "latin1" });
  for (const entry of entries) {
    if (entry.isDirectory()) folders.push(entry.name);
    else unlinkSync(toPath(`${folder}/${entry.name}` as ByteString));
  }
  return { folders, entries: entries.length + 1 };
}
