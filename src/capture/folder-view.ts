import { type BigIntStats, lstatSync } from "node:fs";
import { type ByteString, toPath } from "../base/byte-string.ts";
import type { LongPaths } from "../base/long-path.ts";
import type { ExtendedAttribute, FilePlace } from "../base/system.ts";
import { type AheadListings, join, type ListedEntry, listFolder, type Listing } from "./listing.ts";
import { IGNORE_FILE, type Selection } from "./patterns.ts";

/** A copy of a file's content. */
export interface HeldFile {
  readonly place: FilePlace;
  readonly sizeBytes: number;
}

/** What is known of an entry beside its stats, from the same moment as these. */
export interface HeldEntry {
  readonly extendedAttributes: readonly ExtendedAttribute[];
  /** Of a symbolic link. */
  readonly linkTarget: ByteString | null;
  /** Of a regular file. */
  readonly file: HeldFile | null;
  /** It changed while it was copied; the content is a mixture of moments. */
  readonly unsteady: boolean;
  /** Why it could not be read. */
  readonly failure: Error | null;
}

/** An entry of a folder that is part of the state. */
export interface ViewedEntry {
  readonly name: ByteString;
  /** `null` when it could not be looked at. */
  readonly stats: BigIntStats | null;
  /** Why it could not be looked at. */
  readonly failure?: unknown;
  /** `null` when the rest has to be read from the disk, should it be needed. */
  readonly held: HeldEntry | null;
}

/** A folder to look into. */
export interface ViewedFolder {
  readonly absolute: ByteString;
  /** Relative to the state folder; '' for that itself. */
  readonly relative: ByteString;
  readonly selection: Selection;
}

/** What a folder holds, as far as it is part of the state. */
export interface FolderContent {
  readonly entries: readonly ViewedEntry[];
  /** That of the folder, with the patterns of its own ignore file. */
  readonly selection: Selection;
}

/** The state as a save sees it: as it is at each look, or as it was at one instant. */
export interface FolderView {
  /** When it was so, in nanoseconds since 1970; `null` for a view that goes with the time. */
  readonly timeNs: bigint | null;
  /** A state folder itself. */
  root(folder: ViewedFolder & { readonly stats: BigIntStats }): ViewedEntry & { readonly stats: BigIntStats };
  /**
   * The content of a folder, in the order of Go's strings: by bytes.
   *
   * @throws the error of readdir(3)
   */
  list(folder: ViewedFolder): FolderContent;
}

/** How {@link liveView} looks. */
export interface LiveViewOptions {
  readonly longPaths: LongPaths;
  readonly ahead: AheadListings | undefined;
  /** Absolute paths that are never part of the state, such as the store itself. */
  readonly skip: ReadonlySet<ByteString>;
}

/** The state as it is when it is looked at. */
export function liveView({ longPaths, ahead, skip }: LiveViewOptions): FolderView {
  return {
    timeNs: null,
    root: ({ stats }) => ({ name: "" as ByteString, stats, held: null }),
    list(folder) {
      const listing = ahead?.take(folder.absolute) ?? listFolder(folder.absolute, longPaths);
      return contentOf(folder, listing, longPaths, skip);
    },
  };
}

/** The entries of a listing that are part of the state. */
export function contentOf(
  folder: ViewedFolder,
  listing: Listing,
  longPaths: LongPaths,
  skip: ReadonlySet<ByteString>,
): FolderContent {
  const selection = listing.some(({ name }) => name === IGNORE_FILE)
    ? folder.selection.below(folder.relative, longPaths.reach(folder.absolute))
    : folder.selection;
  const entries: ViewedEntry[] = [];
  for (const listed of listing) {
    const absolute = join(folder.absolute, listed.name);
    const entry = listed.stats === null ? lookAgain(listed, longPaths.reach(absolute)) : asViewed(listed);
    if (entry.stats !== null) {
      const relative = join(folder.relative, entry.name);
      const isFolder = entry.stats.isDirectory();
      if (selection.excludes(relative, isFolder) || skip.has(absolute)) continue;
      if (!isFolder && !selection.includes(relative)) continue;
    }
    entries.push(entry);
  }
  return { entries, selection };
}

function asViewed({ name, stats }: ListedEntry): ViewedEntry {
  return { name, stats, held: null };
}

function lookAgain({ name }: ListedEntry, path: ByteString): ViewedEntry {
  try {
    return { name, stats: lstatSync(toPath(path), { bigint: true }), held: null };
  } catch (failure) {
    return { name, stats: null, failure, held: null };
  }
}
