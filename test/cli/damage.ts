import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** The files of a local store, by relative name, with their content. */
export async function readStore(store: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  return new Map(paths.map((path, position) => [relative(store, path), contents[position] ?? Buffer.of()]));
}

/** A way to damage a file. */
export type Damage = (path: string) => Promise<void>;

/** One bit in the middle is another. */
export const flipBit: Damage = async (path) => {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
};

/** The second half is missing. */
export const cutOff: Damage = async (path) => truncate(path, Math.floor((await readFile(path)).length / 2));

/** Nothing is left. */
export const remove: Damage = (path) => rm(path);
