import { chown, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Gives a new entry to whom a folder belongs to: root may write into the profile of another user. */
export async function ownLike(path: string, folder: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  await chown(path, uid, gid);
}

/** Makes a folder and those above it where they are missing, each of the owner of the one above it. */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || parent === path) throw error;
    await makeFolder(parent);
    await makeFolder(path);
    return;
  }
  await ownLike(path, parent);
}
