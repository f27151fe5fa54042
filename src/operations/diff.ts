import { joinPath } from "../base/byte-path.ts";
import type { ByteString } from "../base/byte-string.ts";
import type { Id } from "../repository/ids.ts";
import { loadIndex } from "../repository/index-files.ts";
import type { Node } from "../repository/node.ts";
import { readSnapshots } from "../repository/snapshot.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { atBorder } from "./border.ts";
import { chooseAmong } from "./choose-snapshot.ts";
import { describePath, type PathInfo } from "./entry-info.ts";
import { type ChangeKind, differenceOf } from "./node-difference.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { entriesBelow } from "./snapshot-tree.ts";

/** Which snapshots to compare. */
export interface DiffRequest {
  /** The older one: an id, the start of one, or `latest`. */
  readonly from: string;
  readonly to: string;
}

/** One difference. */
export interface Change extends PathInfo {
  readonly change: ChangeKind;
  /** Whether it is a folder (afterwards, unless it was removed). */
  readonly folder: boolean;
  /** Size before; `null` when it was not there. */
  readonly bytes_before: number | null;
  /** Size after; `null` when it is gone. */
  readonly bytes_after: number | null;
}

/** Entries and bytes of one kind of change. */
export interface ChangeTotal {
  readonly entries: number;
  /** Sizes after the change; before it, of what was removed. */
  readonly bytes: number;
}

/** What {@link diff} found. */
export interface DiffResult {
  /** Ids of the snapshots. */
  readonly from: string;
  readonly to: string;
  readonly changes: readonly Change[];
  readonly totals: Readonly<Record<ChangeKind, ChangeTotal>>;
}

/**
 * Compares two snapshots. What is below folders that are the same in both is not even looked at.
 *
 * Files are the same when they consist of the same blobs; a file that another program saved in other
 * pieces counts as modified.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT`, `DATA_DAMAGED`, `CONFIG`, and whatever opening the
 *   repository throws
 * @example
 * ```ts
 * const { changes } = await diff({ store: "./.holdfast", password, from: "3fa9c1d2", to: "latest" });
 * ```
 */
export function diff(options: RepositoryAccess & DiffRequest): Promise<DiffResult> {
  const { signal } = options;
  return atBorder("could not compare the snapshots", () =>
    withRepository(options, async ({ repository }) => {
      const list = await readSnapshots(repository, { signal });
      const [from, to] = [chooseAmong(list, options.from), chooseAmong(list, options.to)];
      await loadIndex(repository, { signal });
      const trees = new TreeReader(repository, { signal });
      const changes: Change[] = [];
      for await (const change of changesBetween(trees, from.tree, to.tree)) changes.push(change);
      changes.sort((left, right) => (left.path < right.path ? -1 : 1));
      return { from: from.id, to: to.id, changes, totals: addUp(changes) };
    }),
  );
}

/** Folders still to compare are kept in a list, not in calls: a state can be very deep. */
async function* changesBetween(trees: TreeReader, from: Id, to: Id): AsyncGenerator<Change> {
  const pairs = [{ folder: "/" as ByteString, from, to }];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (pair.from === pair.to) continue;
    const before = byName(await trees.read(pair.from));
    const after = byName(await trees.read(pair.to));
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    for (const name of names) {
      const path = joinPath(pair.folder, name);
      const [old, now] = [before.get(name) ?? null, after.get(name) ?? null];
      const kind = differenceOf(old, now);
      if (kind !== null) yield describeChange(path, kind, old, now);
      if (old?.subtree && now?.subtree) pairs.push({ folder: path, from: old.subtree, to: now.subtree });
      else yield* wholeSubtree(trees, path, old, now);
    }
  }
}

/** Everything below a folder that is on one side only. */
async function* wholeSubtree(
  trees: TreeReader,
  path: ByteString,
  old: Node | null,
  now: Node | null,
): AsyncGenerator<Change> {
  if (old?.subtree) {
    for await (const entry of entriesBelow(trees, old.subtree, path, true)) {
      yield describeChange(entry.path, "removed", entry.node, null);
    }
  }
  if (now?.subtree) {
    for await (const entry of entriesBelow(trees, now.subtree, path, true)) {
      yield describeChange(entry.path, "added", null, entry.node);
    }
  }
}

function byName(nodes: readonly Node[]): Map<ByteString, Node> {
  return new Map(nodes.map((node) => [node.name, node]));
}

function describeChange(path: ByteString, change: ChangeKind, old: Node | null, now: Node | null): Change {
  return {
    ...describePath(path),
    change,
    folder: (now ?? old)?.type === "dir",
    bytes_before: old === null ? null : old.size,
    bytes_after: now === null ? null : now.size,
  };
}

function addUp(changes: readonly Change[]): Record<ChangeKind, ChangeTotal> {
  const total = (kind: ChangeKind): ChangeTotal => {
    const those = changes.filter(({ change }) => change === kind);
    const bytes = those.reduce(
      (sum, { bytes_before, bytes_after }) => sum + (bytes_after ?? bytes_before ?? 0),
      0,
    );
    return { entries: those.length, bytes };
  };
  return {
    added: total("added"),
    removed: total("removed"),
    modified: total("modified"),
    type: total("type"),
    metadata: total("metadata"),
  };
}
