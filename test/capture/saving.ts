import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import { type SaveFoldersOptions, saveFolders, type SaveReport } from "../../src/capture/save.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import type { Node } from "../../src/repository/node.ts";
import type { Repository } from "../../src/repository/repository.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { readBlob, readTree } from "../../src/repository/tree.ts";
import { reopened, scratchRepository } from "../repository/scratch.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A state folder, and a repository to save it into. */
export interface Scene extends AsyncDisposable {
  /** The state folder, absolute. */
  readonly state: string;
  readonly repository: Repository;
  /** A path in the state folder, whose folder is made. */
  at(...segments: string[]): string;
  /** A path beside the state folder. */
  beside(...segments: string[]): string;
  /** Saves as a process of its own would. */
  save(options?: Partial<SaveFoldersOptions>): Promise<SaveReport>;
}

/** An empty state folder and a repository in memory. */
export async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  const state = folder.at("s");
  mkdirSync(state);
  const repository = scratchRepository();
  return {
    state,
    repository,
    at(...segments) {
      const path = join(state, ...segments);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    },
    beside: (...segments) => folder.at(...segments),
    save: (options = {}) =>
      saveFolders(reopened(repository), {
        folders: [state],
        parent: null,
        tags: [],
        programVersion: "test",
        ...options,
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/**
 * A snapshot as the parent of a save that comes a while later. What changed less than a tick of the clock
 * before a snapshot is not trusted, and a test does not wait for that.
 */
export function longAgo(snapshot: Snapshot): Snapshot {
  const later = snapshot.timeNs + 1_000_000_000n;
  const { summary } = snapshot;
  return { ...snapshot, timeNs: later, summary: summary && { ...summary, startNs: later, endNs: later } };
}

/**
 * The entries below a folder that a snapshot has, by their relative paths as bytes; of its only state
 * folder when none is named.
 */
export async function savedEntries(
  repository: Repository,
  snapshot: Snapshot,
  folder: string = snapshot.paths[0] ?? "",
): Promise<ReadonlyMap<string, Node>> {
  const place = reopened(repository);
  await loadIndex(place);
  const found = new Map<string, Node>();
  const walk = async (tree: Node["subtree"], prefix: string): Promise<void> => {
    if (tree === null) return;
    for (const node of await readTree(place, tree)) {
      const path = prefix + node.name;
      found.set(path, node);
      await walk(node.subtree, `${path}/`);
    }
  };
  await walk((await folderNode(place, snapshot, folder))?.subtree ?? null, "");
  return found;
}

/** The node of a folder itself; `null` when the snapshot has none at this path. */
export async function folderNode(
  place: Repository,
  snapshot: Snapshot,
  folder: string,
): Promise<Node | null> {
  let tree: Node["subtree"] = snapshot.tree;
  let node: Node | null = null;
  for (const name of folder.split("/").filter((part) => part !== "")) {
    if (tree === null) return null;
    node = (await readTree(place, tree)).find((each) => each.name === fromText(name)) ?? null;
    tree = node?.subtree ?? null;
  }
  return node;
}

/** What a saved file holds. */
export async function savedContent(repository: Repository, node: Node | undefined): Promise<Buffer> {
  const place = reopened(repository);
  await loadIndex(place);
  const parts: Buffer[] = [];
  for (const id of node?.content ?? []) parts.push(await readBlob(place, "data", id));
  return Buffer.concat(parts);
}

/** The names of what was saved, sorted. */
export async function savedNames(repository: Repository, snapshot: Snapshot): Promise<readonly string[]> {
  return [...(await savedEntries(repository, snapshot)).keys()].sort();
}

/** As a path in the byte strings of the code. */
export function bytePath(path: string): ByteString {
  return fromText(path);
}
