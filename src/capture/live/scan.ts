import { type BigIntStats, lstatSync } from "node:fs";
import { type ByteString, toPath } from "../../base/byte-string.ts";
import { nowNs } from "../../repository/go-time.ts";
import type { Node } from "../../repository/node.ts";
import { contentOf, type FolderContent, type FolderView, type ViewedEntry } from "../folder-view.ts";
import { CLOCK_TICK_NS, isStored, recognise } from "../known-entry.ts";
import { join, listFolder } from "../listing.ts";
import { parentNodes } from "../parent-nodes.ts";
import { isSame } from "../read-file.ts";
import { breathe, type SaveContext } from "../save-context.ts";
import { type Folder, MAX_DEPTH } from "../save-folder.ts";
import { FreezeFailure } from "./freeze-failure.ts";
import { holdEntry, type SeenEntry } from "./hold-entry.ts";
import type { Deadline } from "./pause.ts";
import type { Staging } from "./staging.ts";

/** A state folder, and what the parent snapshot knows of it. */
export interface StateRoot {
  readonly folder: Folder;
  readonly stats: BigIntStats;
  readonly parent: Node | undefined;
}

/** A folder as a look found it. */
interface SeenFolder {
  readonly folder: Folder;
  readonly stats: BigIntStats;
  /** Right before it was listed; 0 when that is not known. */
  readonly seenNs: bigint;
  readonly parents: ReadonlyMap<ByteString, Node> | null;
  readonly content: FolderContent & { readonly entries: readonly SeenEntry[] };
  /** Why it could not be listed. */
  readonly failure: Error | null;
}

/** One look at everything. */
export interface Scan {
  /** The state folders themselves, and all folders, by their absolute paths. */
  readonly roots: Map<ByteString, SeenEntry & { readonly stats: BigIntStats }>;
  readonly folders: Map<ByteString, SeenFolder>;
  /** Entries that were not as the look before found them or, in the first, not as in the parent snapshot. */
  changed: number;
  entries: number;
}

/** How a further look is taken. */
export interface LookOptions {
  /** Nobody changes anything any more: what is written through memory can be copied now. */
  readonly isStopped: boolean;
  readonly mapped: ReadonlySet<ByteString>;
  readonly check: Deadline;
}

/** More are too many to look at within any pause, and take too much memory: about 500 bytes each. */
const MAX_ENTRIES = 100_000;
const NO_CONTENT = { entries: [] as readonly SeenEntry[] };

/**
 * Looks at the state again and again, each time copying only what has changed since the last time; at
 * first, what is not as in the parent snapshot.
 */
export class Scanner {
  readonly #context: SaveContext;
  readonly #roots: readonly StateRoot[];
  readonly #staging: Staging;

  constructor(context: SaveContext, roots: readonly StateRoot[], staging: Staging) {
    this.#context = context;
    this.#roots = roots;
    this.#staging = staging;
  }

  /**
   * The first look.
   *
   * @param live what was looked at ahead of time is used
   * @throws {FreezeFailure} `no-room`, `too-long` when there are too many entries; what the store throws
   */
  async first(live: FolderView, mapped: ReadonlySet<ByteString>): Promise<Scan> {
    const look = { isStopped: false, mapped, check: () => undefined };
    const scan = newScan();
    const queue = this.#roots.flatMap((root) => this.#startAt(scan, root, null, look) ?? []);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { folder } = next;
      const parents = await parentNodes(this.#context, folder.parentTree);
      const seen = { ...next, parents, seenNs: 0n };
      queue.push(...this.#enter(scan, seen, () => live.list(folder), null, look));
      await breathe(this.#context);
    }
    return scan;
  }

  /**
   * A further look, which must not be interrupted.
   *
   * @throws {FreezeFailure} what `check` throws, `no-room`, `too-long`
   */
  next(previous: Scan, look: LookOptions): Scan {
    const scan = newScan();
    const queue = this.#roots.flatMap((root) => this.#startAt(scan, root, previous, look) ?? []);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      look.check();
      const { folder } = next;
      const before = previous.folders.get(folder.absolute) ?? null;
      const seen = { ...next, parents: before?.parents ?? null, seenNs: nowNs() };
      const list = (): FolderContent => this.#listAgain(next, before);
      queue.push(...this.#enter(scan, seen, list, before, look));
    }
    return scan;
  }

  #startAt(
    scan: Scan,
    { folder, stats, parent }: StateRoot,
    previous: Scan | null,
    look: LookOptions,
  ): Pick<SeenFolder, "folder" | "stats"> | null {
    const now = previous === null ? stats : this.#lstat(folder.absolute);
    if (now === null) return null;
    const entry = { name: "" as ByteString, stats: now, held: null };
    const before = previous?.roots.get(folder.absolute);
    const seen = this.#see(scan, folder, entry, folder.absolute, { parent, before, look });
    if (seen === null) return null;
    scan.roots.set(folder.absolute, { ...seen, stats: now });
    return { folder, stats: now };
  }

  /** Looks at what is in a folder, and gives the folders in it. */
  #enter(
    scan: Scan,
    folder: Omit<SeenFolder, "content" | "failure">,
    list: () => FolderContent,
    before: SeenFolder | null,
    look: LookOptions,
  ): Pick<SeenFolder, "folder" | "stats">[] {
    const { absolute, selection } = folder.folder;
    let listed: FolderContent;
    try {
      listed = list();
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      if (failure.syscall === undefined) throw failure;
      if (before?.failure === null) scan.changed += 1;
      scan.folders.set(absolute, { ...folder, content: { ...NO_CONTENT, selection }, failure });
      return [];
    }
    const entries: SeenEntry[] = [];
    const inside: Pick<SeenFolder, "folder" | "stats">[] = [];
    const earlier = before?.content.entries ?? [];
    const find = finderOf(earlier);
    if (before !== null && earlier.length !== listed.entries.length) scan.changed += 1;
    for (const [position, entry] of listed.entries.entries()) {
      const parent = folder.parents?.get(entry.name);
      const options = { parent, before: find(entry.name, position), look };
      const seen = this.#see(scan, folder.folder, entry, join(absolute, entry.name), options);
      if (seen === null) continue;
      entries.push(seen);
      if (seen.stats?.isDirectory() === true && folder.folder.depth < MAX_DEPTH)
        inside.push({ folder: below(folder.folder, seen.name, listed.selection, parent), stats: seen.stats });
    }
    const content = { entries, selection: listed.selection };
    scan.folders.set(absolute, { ...folder, content, failure: null });
    return inside;
  }

  /** A folder whose own times are the same has the same names in it: only its entries are looked at. */
  #listAgain(
    { folder, stats }: Pick<SeenFolder, "folder" | "stats">,
    before: SeenFolder | null,
  ): FolderContent {
    const { longPaths, skip } = this.#context;
    const isSameList =
      before !== null &&
      before.failure === null &&
      isSame(before.stats, stats) &&
      stats.ctimeNs < before.seenNs - CLOCK_TICK_NS &&
      // Without an ignore file, which may have other patterns by now.
      before.content.selection === folder.selection;
    if (!isSameList) return contentOf(folder, listFolder(folder.absolute, longPaths), longPaths, skip);
    const entries: ViewedEntry[] = [];
    for (const { name } of before.content.entries) {
      const look = this.#lstat(join(folder.absolute, name));
      if (look !== null) entries.push({ name, stats: look, held: null });
    }
    return { entries, selection: folder.selection };
  }

  /** `null` when the entry is gone. */
  #see(
    scan: Scan,
    folder: Folder,
    entry: ViewedEntry,
    absolute: ByteString,
    {
      parent,
      before,
      look,
    }: {
      readonly parent: Node | undefined;
      readonly before: SeenEntry | undefined;
      readonly look: LookOptions;
    },
  ): SeenEntry | null {
    scan.entries += 1;
    if (scan.entries > MAX_ENTRIES)
      throw new FreezeFailure("too-long", `there are more than ${MAX_ENTRIES} files and folders to look at`);
    const { stats } = entry;
    if (stats === null) return { ...entry, heldNs: 0n };
    const isMapped = look.mapped.has(absolute);
    if (!isMapped && before !== undefined && isStillSo(before, stats)) return before;
    const relative = entry.name === "" ? entry.name : join(folder.relative, entry.name);
    const isKnown =
      parent !== undefined &&
      recognise(parent, relative, stats, folder.evidence) !== "unknown" &&
      isStored(this.#context.repository, parent);
    if (!isKnown || isMapped || before !== undefined) scan.changed += 1;
    if ((isKnown && !isMapped) || (isMapped && !look.isStopped)) return { ...entry, heldNs: 0n };
    const path = this.#context.longPaths.reach(absolute);
    return holdEntry({ ...entry, stats }, path, this.#staging, look.check);
  }

  #lstat(path: ByteString): BigIntStats | null {
    try {
      const reached = toPath(this.#context.longPaths.reach(path));
      return lstatSync(reached, { bigint: true, throwIfNoEntry: false }) ?? null;
    } catch {
      return null; // found to be gone, or not for us to see any more, by whoever needs it
    }
  }
}

/** Finds entries by their names; mostly they are where they were. */
function finderOf(
  entries: readonly SeenEntry[],
): (name: ByteString, position: number) => SeenEntry | undefined {
  let byName: ReadonlyMap<ByteString, SeenEntry> | null = null;
  return (name, position) => {
    const there = entries[position];
    if (there?.name === name) return there;
    byName ??= new Map(entries.map((entry) => [entry.name, entry]));
    return byName.get(name);
  };
}

function newScan(): Scan {
  return { roots: new Map(), folders: new Map(), changed: 0, entries: 0 };
}

/** Whether an entry is as it was; one that was copied within a tick of the clock is not trusted. */
function isStillSo({ stats, held, heldNs }: SeenEntry, now: BigIntStats): boolean {
  if (stats === null || !isSame(stats, now)) return false;
  return held === null || (!held.unsteady && now.ctimeNs < heldNs - CLOCK_TICK_NS);
}

function below(
  folder: Folder,
  name: ByteString,
  selection: Folder["selection"],
  parent: Node | undefined,
): Folder {
  return {
    absolute: join(folder.absolute, name),
    relative: join(folder.relative, name),
    depth: folder.depth + 1,
    parentTree: parent?.subtree ?? null,
    selection,
    evidence: folder.evidence,
  };
}

/** The state as a look found it, once nobody could change anything. */
export function frozenView(scan: Scan, timeNs: bigint): FolderView {
  return {
    timeNs,
    root({ absolute, stats }) {
      return scan.roots.get(absolute) ?? { name: "" as ByteString, stats, held: null };
    },
    list({ absolute }) {
      const seen = scan.folders.get(absolute);
      if (seen === undefined) throw new Error(`a folder was not looked at: ${absolute}`);
      if (seen.failure !== null) throw seen.failure;
      return seen.content;
    },
  };
}
