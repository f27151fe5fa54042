import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { localError, systemCodeOf } from "./errors.ts";
import { isRemoteFolder } from "./read-back.ts";

const OTHERS_MAY = 0o077;
const ANYBODY_MAY_WRITE = 0o002;

/**
 * True when only this user (and root) can reach what a local store keeps in `folder`: it is a folder
 * of mode 0700 or stricter that belongs to this user. A folder that does not exist yet counts when
 * nobody else could make it first: the store makes it so, except on FUSE and network mounts, which may
 * not keep modes.
 *
 * @throws {HoldfastError} `STORE_AUTH` when the folder cannot be looked at
 */
export async function isPrivateFolder(folder: string): Promise<boolean> {
  try {
    const stats = await statsOf(folder);
    if (stats !== null)
      return stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & OTHERS_MAY) === 0;
    return !(await isOpenToAll(dirname(resolve(folder)))) && !(await isRemoteFolder(folder));
  } catch (error) {
    throw localError(error, "read", `look at the folder ${folder}`);
  }
}

/** Whether anybody may make files in `folder`, or in the nearest folder above it that exists. */
async function isOpenToAll(folder: string): Promise<boolean> {
  const stats = await statsOf(folder);
  if (stats !== null) return (stats.mode & ANYBODY_MAY_WRITE) !== 0;
  return isOpenToAll(dirname(folder));
}

async function statsOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return null;
    throw error;
  }
}
