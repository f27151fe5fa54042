import { dirname, join, resolve } from "node:path";
import { fromText } from "../../base/byte-string.ts";
import { HoldfastError } from "../../base/errors.ts";
import { type JarDocument, parseDocument } from "../../browser/jar-document.ts";
import { shortId } from "../../repository/ids.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Snapshot } from "../../repository/snapshot.ts";
import { readBlob } from "../../repository/tree.ts";
import { TreeReader } from "../../repository/tree-reader.ts";
import type { CallOptions } from "../../stores/store.ts";
import { COOKIES_FOLDER } from "../newest-snapshot.ts";
import { findEntry } from "../snapshot-tree.ts";

/** The largest file of a profile; what is larger was not made by us. */
export const MAX_FILE_BYTES: number = 64 * 1024 * 1024;
const MAX_FILES = 1000;

/** Cookies of one state folder, as a snapshot has them. */
export interface SavedCookies {
  /** The state folder that they were saved from, absolute. */
  readonly state: string;
  readonly document: JarDocument;
}

/** The paths in a snapshot of the cookies of some state folders; those inside another one are part of it. */
export function cookiePaths(state: readonly string[]): string[] {
  const folders = [...new Set(state.map((folder) => resolve(folder)))].sort();
  const outer = folders.filter((path) => !folders.some((other) => isWithin(path, other)));
  return outer.map((path) => join(path, COOKIES_FOLDER));
}

/**
 * Reads and checks all cookies of a snapshot that holds only such.
 *
 * @param repository with its index loaded
 * @throws {HoldfastError} `DATA_DAMAGED`, `COOKIE_FILE`, and what the store throws
 */
export async function readCookieSnapshot(
  repository: Repository,
  snapshot: Snapshot,
  options: CallOptions,
): Promise<SavedCookies[]> {
  const trees = new TreeReader(repository, options);
  const saved: SavedCookies[] = [];
  for (const path of snapshot.paths) {
    const names = path.split("/").filter((part) => part !== "");
    const folder = await findEntry(trees, snapshot.tree, names.map(fromText));
    const tree = folder?.subtree ?? null;
    if (tree === null) throw notOurs(snapshot, `it has no folder ${path}`);
    const files = await trees.read(tree);
    if (files.length > MAX_FILES) throw notOurs(snapshot, "it has too many files");
    for (const { content, size } of files) {
      if (size > MAX_FILE_BYTES) throw notOurs(snapshot, "one of its files is too large");
      const pieces: Buffer[] = [];
      for (const id of content ?? []) pieces.push(await readBlob(repository, "data", id, options));
      saved.push({ state: dirname(path), document: parseDocument(Buffer.concat(pieces).toString()) });
    }
  }
  return saved;
}

function isWithin(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function notOurs({ id }: Snapshot, reason: string): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `snapshot ${shortId(id)} is none that was made by: holdfast save --only cookies (${reason})`,
    hint: "list the snapshots with: holdfast snapshots",
  });
}
