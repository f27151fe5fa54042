import { lstat, readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, fromBytes, fromText, toPath } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { removeTree } from "../base/remove-tree.ts";

/**
 * Refuses folders whose content is certainly more than the state of an app.
 *
 * @throws {HoldfastError} `CONFIG` for the root, the home folder, the current folder, and what they lie in
 */
export function refuseHome(folder: string): void {
  const path = resolve(folder);
  const kept = [process.cwd(), homedir()].find((home) => home === path || isInside(home, path));
  if (kept === undefined) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: `${path} is not emptied: ${kept} ${kept === path ? "is no state of an app" : "lies in it"}`,
    hint: "name the folder that your app keeps its data in with --state",
  });
}

/**
 * Removes everything in a folder, but not the folder, which may be a mount point.
 *
 * @param keep an absolute path that stays, with the folders that lead to it; `null` for none
 * @returns false when there is no such folder
 * @throws the error of the file system
 */
export async function emptyFolder(folder: string, keep: string | null): Promise<boolean> {
  const real = await realpath(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
  if (real === null) return false;
  await emptyBut(fromText(real), keep === null ? null : fromText(keep));
  return true;
}

async function emptyBut(folder: ByteString, keep: ByteString | null): Promise<void> {
  for (const bytes of await readdir(toPath(folder), { encoding: "buffer" })) {
    const path = joinPath(folder, fromBytes(bytes));
    if (path === keep) continue;
    const leadsToKeep = keep !== null && isInside(keep, path) && (await lstat(toPath(path))).isDirectory();
    if (leadsToKeep) await emptyBut(path, keep);
    else await removeTree(path);
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder === "/" ? folder : `${folder}/`);
}
