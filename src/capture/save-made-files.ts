import { type ByteString, fromText } from "../base/byte-string.ts";
import { isHoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import { BlobWriter } from "../repository/blob-writer.ts";
import { nowNs } from "../repository/go-time.ts";
import type { Id } from "../repository/ids.ts";
import { loadIndex } from "../repository/index-files.ts";
import { acquireLock } from "../repository/lock.ts";
import { GO_MODE, newNode, type Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import type { Snapshot } from "../repository/snapshot.ts";
import { encodeTree } from "../repository/tree.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { NOT_STOPPED } from "./live/freeze.ts";
import { newCounts } from "./save-context.ts";
import type { SaveReport } from "./save.ts";
import { createUploadProgress } from "./upload-progress.ts";
import { writeSnapshot } from "./write-snapshot.ts";

/** A folder that exists nowhere but in the snapshot; its files are made for it. */
export interface MadeFolder {
  /** Absolute. */
  readonly path: string;
  /** Content by name; a name is one component. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What {@link saveMadeFiles} is asked for. */
export interface SaveMadeFilesOptions {
  readonly folders: readonly MadeFolder[];
  /** The snapshot of the same folders before this one: what is unchanged keeps its times. */
  readonly parent: Snapshot | null;
  readonly tags: readonly string[];
  readonly programVersion: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Well below the largest blob that any reader takes. */
const PIECE_BYTES = 512 * 1024;

/**
 * Saves files that are made for the snapshot, without writing them to a disk first.
 *
 * @throws {HoldfastError} `LOCKED`, `CANCELLED`, and what the store throws; no snapshot is made then
 */
export async function saveMadeFiles(
  repository: Repository,
  { folders, parent, tags, programVersion, signal, onProgress }: SaveMadeFilesOptions,
): Promise<SaveReport> {
  await using lock = await acquireLock(repository, { exclusive: false, signal });
  await loadIndex(repository, { signal });
  const upload = createUploadProgress(onProgress);
  await using writer = new BlobWriter(repository, { signal, onSent: upload.onSent });
  const making = new Making(repository, writer, signal);
  const { root, folderTrees } = branchesOf(folders);
  const tree = await making.addBranch(root, folderTrees, parent?.tree ?? null);
  const { counts, startNs } = making;
  const { snapshot, storedBytes } = await writeSnapshot(
    { repository, writer, counts, signal, upload },
    {
      startNs,
      timeNs: startNs,
      tree,
      paths: folders.map(({ path }) => path),
      parent,
      excludes: [],
      tags,
      programVersion,
      lock,
    },
  );
  const { addedBytes } = writer.totals;
  return { snapshot, isUnchanged: false, counts, addedBytes, storedBytes, problems: [], freeze: NOT_STOPPED };
}

/** Folders on the way from the root to the made ones, by name. */
type Branch = Map<string, Branch>;

function branchesOf(folders: readonly MadeFolder[]): {
  readonly root: Branch;
  readonly folderTrees: ReadonlyMap<Branch, MadeFolder>;
} {
  const root: Branch = new Map();
  const folderTrees = new Map<Branch, MadeFolder>();
  for (const folder of folders) {
    let branch = root;
    for (const name of folder.path.split("/").filter((part) => part !== "")) {
      const next: Branch = branch.get(name) ?? new Map();
      branch.set(name, next);
      branch = next;
    }
    folderTrees.set(branch, folder);
  }
  return { root, folderTrees };
}

/** Makes the trees of one snapshot. */
class Making {
  readonly startNs = nowNs();
  readonly counts = newCounts();
  readonly #writer: BlobWriter;
  readonly #parentTrees: TreeReader;

  constructor(repository: Repository, writer: BlobWriter, signal: AbortSignal | undefined) {
    this.#writer = writer;
    this.#parentTrees = new TreeReader(repository, { signal });
  }

  /** The tree of a folder and all below it. */
  async addBranch(branch: Branch, made: ReadonlyMap<Branch, MadeFolder>, parentTree: Id | null): Promise<Id> {
    const parents = await this.#parentNodes(parentTree);
    const nodes: Node[] = [];
    for (const [text, below] of branch) {
      const name = fromText(text);
      const parent = parents.get(name);
      const subtree = await this.addBranch(below, made, parent?.subtree ?? null);
      nodes.push(this.#folderNode(name, subtree, parent));
    }
    for (const [name, content] of made.get(branch)?.files ?? []) {
      nodes.push(await this.#fileNode(fromText(name), content, parents.get(fromText(name))));
    }
    nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#writer.add("tree", encodeTree(nodes));
  }

  #folderNode(name: ByteString, subtree: Id, parent: Node | undefined): Node {
    const isKnown = parent?.type === "dir" && parent.subtree === subtree;
    this.counts[isKnown ? "foldersUnchanged" : parent === undefined ? "foldersNew" : "foldersChanged"] += 1;
    return isKnown
      ? parent
      : { ...newNode(name, this.startNs), type: "dir", mode: GO_MODE.dir + 0o700, subtree };
  }

  async #fileNode(name: ByteString, content: Uint8Array, parent: Node | undefined): Promise<Node> {
    const pieces: Id[] = [];
    for (let start = 0; start < content.byteLength; start += PIECE_BYTES) {
      pieces.push(this.#writer.add("data", content.subarray(start, start + PIECE_BYTES)));
      if (this.#writer.full) await this.#writer.settle();
    }
    this.counts.stateBytes += content.byteLength;
    const isKnown = parent?.type === "file" && parent.content?.join() === pieces.join();
    this.counts[isKnown ? "filesUnchanged" : parent === undefined ? "filesNew" : "filesChanged"] += 1;
    const size = content.byteLength;
    return isKnown ? parent : { ...newNode(name, this.startNs), size, links: 1, content: pieces };
  }

  /** A damaged parent only means that everything counts as new. */
  async #parentNodes(tree: Id | null): Promise<ReadonlyMap<ByteString, Node>> {
    try {
      const nodes = tree === null ? [] : await this.#parentTrees.read(tree);
      return new Map(nodes.map((node) => [node.name, node]));
    } catch (error) {
      if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) return new Map();
      throw error;
    }
  }
}
