import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An entry of a folder; links are neither file nor folder, because they may lead anywhere. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
}

/** Where profiles are looked for: folders on the disk, or those of a snapshot. Paths are relative. */
export interface ProfileTree {
  /** What a folder holds; nothing when it cannot be listed. */
  list(folder: string): readonly TreeEntry[] | Promise<readonly TreeEntry[]>;
  /** A small text; `null` when there is none that can be read. */
  read(file: string): string | null | Promise<string | null>;
  /** Bytes of a listed file; 0 when it is gone. */
  size(file: string): number;
}

/** What is larger is not read: no version stands there. */
export const MAX_TEXT_BYTES: number = 4 * 1024 * 1024;

/** Never through a link, and never waiting for the other end of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A folder on the disk. */
export function diskTree(root: string): ProfileTree {
  return {
    list(folder) {
      try {
        return readdirSync(join(root, folder), { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          kind: entry.isDirectory() ? "folder" : entry.isFile() ? "file" : "other",
        }));
      } catch {
        return []; // gone, or not ours to look into
      }
    },
    read: (file) => readText(join(root, file)),
    size: (file) => lstatSync(join(root, file), { throwIfNoEntry: false })?.size ?? 0,
  };
}

/** A small file as text; `null` when there is none, or it is a link, larger than 4 MiB or not to be read. */
export function readText(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, OPEN_FLAGS);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    return stats.isFile() && stats.size <= MAX_TEXT_BYTES ? readFileSync(fd, "utf8") : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
