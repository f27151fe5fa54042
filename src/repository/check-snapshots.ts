import { isHoldfastError } from "../base/errors.ts";
import type { CallOptions } from "../stores/store.ts";
import type { CheckProblem } from "./check.ts";
import { type Id, shortId } from "./ids.ts";
import type { Node } from "./node.ts";
import type { Repository } from "./repository.ts";
import type { SnapshotList } from "./snapshot.ts";
import { TreeReader } from "./tree-reader.ts";
import type { BlobSet } from "./walk-trees.ts";

/** Which snapshots can be restored. */
export interface CheckedSnapshots {
  readonly problems: readonly CheckProblem[];
  readonly whole: readonly Id[];
  readonly damaged: readonly Id[];
}

/** What is known before the snapshots are walked. */
export interface KnownDamage extends CallOptions {
  /** Blobs that cannot be read. */
  readonly bad: BlobSet;
  /** Packs that only their headers made known: what is in them can be restored, but needs a new index. */
  readonly unlisted: ReadonlySet<Id>;
}

/** Walks every tree of every snapshot once, and follows what is wrong up to the snapshots. */
export async function checkSnapshots(
  repository: Repository,
  { snapshots, damaged: unreadable }: SnapshotList,
  known: KnownDamage,
): Promise<CheckedSnapshots> {
  const walk = new TreeWalk(repository, known);
  for (const id of unreadable) {
    walk.problems.push({
      kind: "snapshot-damaged",
      message: `the snapshot file ${shortId(id)} cannot be read`,
    });
  }
  const whole: Id[] = [];
  const damaged: Id[] = [];
  for (const { id, tree } of snapshots) ((await walk.isWhole(tree)) ? whole : damaged).push(id);
  if (walk.needsIndex) {
    const message = "an index file is missing; everything is still there, and the next prune lists it again";
    walk.problems.push({ kind: "index-missing", message });
  }
  return { problems: walk.problems, whole, damaged };
}

/** One walk over many snapshots, which share most of their trees. */
class TreeWalk {
  readonly problems: CheckProblem[] = [];
  /** Something that is used is in a pack that no index lists. */
  needsIndex = false;
  readonly #repository: Repository;
  readonly #known: KnownDamage;
  readonly #reader: TreeReader;
  readonly #verdicts = new Map<Id, boolean>();

  constructor(repository: Repository, known: KnownDamage) {
    this.#repository = repository;
    this.#known = known;
    this.#reader = new TreeReader(repository, { signal: known.signal });
  }

  /** Whether a tree and all that is below it can be restored; problems are told once. */
  async isWhole(id: Id): Promise<boolean> {
    const known = this.#verdicts.get(id);
    if (known !== undefined) return known;
    const verdict = await this.#walk(id);
    this.#verdicts.set(id, verdict);
    return verdict;
  }

  async #walk(id: Id): Promise<boolean> {
    const nodes = await this.#read(id);
    if (nodes === null) return false;
    let isWhole = this.#isOrdered(id, nodes);
    for (const node of nodes) {
      if (!this.#hasContent(node)) isWhole = false;
      if (node.subtree !== null && !(await this.isWhole(node.subtree))) isWhole = false;
    }
    return isWhole;
  }

  async #read(id: Id): Promise<readonly Node[] | null> {
    try {
      const nodes = await this.#reader.read(id);
      this.#noteUnlisted("tree", id);
      return nodes;
    } catch (error) {
      if (!isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) throw error;
      this.problems.push({ kind: "tree-damaged", message: `tree ${shortId(id)}: ${error.message}` });
      return null;
    }
  }

  #isOrdered(id: Id, nodes: readonly Node[]): boolean {
    const isOrdered = nodes.every(
      (node, position) => position === 0 || (nodes[position - 1]?.name ?? "") < node.name,
    );
    if (!isOrdered) {
      this.problems.push({
        kind: "tree-damaged",
        message: `tree ${shortId(id)}: its entries are not in order`,
      });
    }
    return isOrdered;
  }

  #hasContent({ content }: Node): boolean {
    let isThere = true;
    for (const id of content ?? []) {
      this.#noteUnlisted("data", id);
      if (this.#known.bad.data.has(id)) isThere = false;
      else if (!this.#repository.index.has("data", id)) {
        isThere = false;
        this.#known.bad.data.add(id);
        this.problems.push({
          kind: "blob-missing",
          message: `data blob ${shortId(id)} is nowhere in the repository`,
        });
      }
    }
    return isThere;
  }

  #noteUnlisted(type: "data" | "tree", id: Id): void {
    if (this.needsIndex || this.#known.unlisted.size === 0) return;
    const place = this.#repository.index.find(type, id);
    if (place !== null && this.#known.unlisted.has(place.pack)) this.needsIndex = true;
  }
}
