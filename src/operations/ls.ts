import { posix } from "node:path";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, fromText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import { loadIndex } from "../repository/index-files.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { atBorder } from "./border.ts";
import { chooseSnapshot } from "./choose-snapshot.ts";
import { describeEntry, type EntryInfo } from "./entry-info.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { entriesBelow, findEntry, type TreeEntry } from "./snapshot-tree.ts";

/** What to list. */
export interface LsRequest {
  /** An id, the start of one, or `latest`. */
  readonly snapshot: string;
  /** Absolute, or relative to each saved folder; the saved folders themselves when left out. */
  readonly path?: string | undefined;
  /** Also what is in the folders below. */
  readonly recursive?: boolean | undefined;
}

/**
 * Lists what is in a snapshot: the content of a folder, or one file.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT`; `CONFIG` when several snapshots start so, or nothing is at
 *   the path; `DATA_DAMAGED`, and whatever opening the repository throws
 * @example
 * ```ts
 * const entries = await ls({ store: "./.holdfast", password, snapshot: "latest", recursive: true });
 * console.log(entries.filter(({ type }) => type === "file").length);
 * ```
 */
export function ls(options: RepositoryAccess & LsRequest): Promise<EntryInfo[]> {
  const { path = "", recursive = false, signal } = options;
  return atBorder("could not list the snapshot", () =>
    withRepository(options, async ({ repository }) => {
      const snapshot = await chooseSnapshot(repository, options.snapshot, { signal });
      await loadIndex(repository, { signal });
      const trees = new TreeReader(repository, { signal });
      const places = await findPlaces(trees, snapshot, posix.normalize(path));
      if (places.length === 0) throw nothingThere(path);
      const entries: EntryInfo[] = [];
      for (const place of places) {
        if (!("tree" in place)) entries.push(describeEntry(place));
        else
          for await (const entry of entriesBelow(trees, place.tree, place.path, recursive))
            entries.push(describeEntry(entry));
      }
      return entries;
    }),
  );
}

/** What is at a path: something with content, or an entry that has none. */
type Place = { readonly path: ByteString; readonly tree: Id } | TreeEntry;

async function findPlaces(trees: TreeReader, snapshot: Snapshot, path: string): Promise<Place[]> {
  if (posix.isAbsolute(path)) {
    const place = await findPlace(trees, { path: "/" as ByteString, tree: snapshot.tree }, path);
    return place === null ? [] : [place];
  }
  const places = snapshot.paths.map(async (folder) => {
    const root = { path: "/" as ByteString, tree: snapshot.tree };
    // `restic backup .` saves a folder without those above it.
    const base = (await findPlace(trees, root, folder)) ?? { path: fromText(folder), tree: snapshot.tree };
    return findPlace(trees, base, path);
  });
  return (await Promise.all(places)).filter((place) => place !== null);
}

async function findPlace(trees: TreeReader, from: Place, path: string): Promise<Place | null> {
  const names = fromText(path)
    .split("/")
    .filter((name) => name !== "" && name !== ".") as ByteString[];
  if (names.length === 0) return from;
  if (!("tree" in from)) return null;
  const node = await findEntry(trees, from.tree, names);
  if (node === null) return null;
  const found = names.reduce(joinPath, from.path);
  return node.subtree === null ? { path: found, node } : { path: found, tree: node.subtree };
}

function nothingThere(path: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the snapshot has nothing at '${path}'`,
    hint: "list what it has with: holdfast ls SNAPSHOT",
  });
}
