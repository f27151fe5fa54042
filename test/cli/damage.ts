import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Paths of the files of a local store whose names start so, the largest first. */
export async function filesOf(store: string, prefix: string): Promise<string[]> {
  const names = await readdir(store, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.startsWith(join(store, prefix)));
  if (files.length === 0) throw new Error(`there is no ${prefix} in ${store}`);
  const sizes = await Promise.all(files.map(async (path) => ({ path, size: (await readFile(path)).length })));
  return sizes.sort((left, right) => right.size - left.size).map(({ path }) => path);
}

/** Changes one byte in each file whose name starts so. */
export async function flipByteOf(store: string, prefix: string, offset: number): Promise<void> {
  for (const path of await filesOf(store, prefix)) {
    const bytes = await readFile(path);
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    await writeFile(path, bytes);
  }
}

/** Cuts each file whose name starts so to half its length. */
export async function truncateFilesOf(store: string, prefix: string): Promise<void> {
  for (const path of await filesOf(store, prefix))
    await truncate(path, Math.floor((await readFile(path)).length / 2));
}

/** Removes each file whose name starts so. */
export async function removeFilesOf(store: string, prefix: string): Promise<void> {
  for (const path of await filesOf(store, prefix)) await rm(path);
}
