import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** How much a folder holds. */
export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
}

/** Counts the files below a folder and adds up their sizes; others may be at work in it. */
export function folderSize(folder: string): FolderSize {
  let [files, bytes] = [0, 0];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const stats = lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    if (stats === undefined) continue;
    files++;
    bytes += stats.size;
  }
  return { files, bytes };
}
