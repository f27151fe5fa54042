import { mapParallel } from "../base/parallel.ts";
import type { CallOptions } from "../stores/store.ts";
import { openBlob } from "./blob.ts";
import type { BlobPlace } from "./blob-index.ts";
import type { Id } from "./ids.ts";
import { packName } from "./layout.ts";
import type { Node } from "./node.ts";
import type { Repository } from "./repository.ts";
import { decodeTree, locateBlob, readBlob } from "./tree.ts";

/** All trees of a repository together are fetched at once up to this; more of them, pack by pack. */
const FETCH_ALL_BYTES = 16 * 1024 * 1024;
/** Trees of one pack are fetched together up to this. */
const FETCH_PACK_BYTES = 4 * 1024 * 1024;
/** Bytes between two wanted ranges that are fetched too, rather than asking twice. */
const GAP_BYTES = 64 * 1024;
const PARALLEL = 32;

interface PlacedTree {
  readonly id: Id;
  readonly place: BlobPlace;
}

/**
 * Reads the trees of a snapshot in few requests: the first one that is asked for brings its
 * neighbours along. For one walk; it keeps what it fetched, sealed, until it is dropped.
 */
export class TreeReader {
  readonly #repository: Repository;
  readonly #options: CallOptions;
  readonly #sealed = new Map<Id, Uint8Array>();
  /** What was or is being fetched, by pack. */
  readonly #fetches = new Map<Id, Promise<unknown>>();
  #byPack: Map<Id, PlacedTree[]> | null = null;

  constructor(repository: Repository, options: CallOptions = {}) {
    this.#repository = repository;
    this.#options = options;
  }

  /**
   * The entries of a tree.
   *
   * @throws {HoldfastError} `DATA_DAMAGED` when it is missing or damaged, and what the store throws
   */
  async read(id: Id): Promise<readonly Node[]> {
    const place = await locateBlob(this.#repository, "tree", id, this.#options);
    if (!this.#sealed.has(id)) await this.#fetchAround(place);
    const sealed = this.#sealed.get(id);
    if (sealed === undefined) return decodeTree(await readBlob(this.#repository, "tree", id, this.#options));
    return decodeTree(openBlob(this.#repository.keys, sealed, place.uncompressedLength, id));
  }

  async #fetchAround(place: BlobPlace): Promise<void> {
    if (!this.#fetches.has(place.pack)) this.#startFetch(place.pack);
    await this.#fetches.get(place.pack);
  }

  #startFetch(pack: Id): void {
    const byPack = (this.#byPack ??= this.#groupByPack());
    const untouched = [...byPack].filter(([id]) => !this.#fetches.has(id));
    const isAll = sum(untouched.map(([, group]) => group)) <= FETCH_ALL_BYTES;
    const packs = isAll
      ? untouched
      : untouched.filter(([id, group]) => id === pack && sum([group]) <= FETCH_PACK_BYTES);
    const ranges = packs.flatMap(([, group]) => toRanges(group));
    const fetch = mapParallel(ranges, PARALLEL, (range) => this.#fetch(range));
    for (const id of isAll ? packs.map(([each]) => each) : [pack]) this.#fetches.set(id, fetch);
  }

  #groupByPack(): Map<Id, PlacedTree[]> {
    const byPack = new Map<Id, PlacedTree[]>();
    for (const [id, place] of this.#repository.index.entries("tree")) {
      const group = byPack.get(place.pack);
      if (group === undefined) byPack.set(place.pack, [{ id, place }]);
      else group.push({ id, place });
    }
    return byPack;
  }

  async #fetch(trees: readonly PlacedTree[]): Promise<void> {
    const [first, last] = [trees[0]?.place, trees.at(-1)?.place];
    if (first === undefined || last === undefined) return;
    const range = { offset: first.offset, length: last.offset + last.length - first.offset };
    const bytes = await this.#repository.store
      .read(packName(first.pack), range, this.#options)
      // Fetching ahead is a favour: if it fails, the tree that is needed is asked for by itself and tells why.
      .catch(() => null);
    if (bytes === null) return;
    for (const { id, place } of trees) {
      const start = place.offset - first.offset;
      this.#sealed.set(id, bytes.subarray(start, start + place.length));
    }
  }
}

function sum(groups: readonly (readonly PlacedTree[])[]): number {
  return groups.reduce((total, group) => group.reduce((bytes, { place }) => bytes + place.length, total), 0);
}

/** Neighbouring trees become one range. */
function toRanges(trees: readonly PlacedTree[]): PlacedTree[][] {
  const ranges: PlacedTree[][] = [];
  let end = -Infinity;
  for (const tree of [...trees].sort((a, b) => a.place.offset - b.place.offset)) {
    if (tree.place.offset - end > GAP_BYTES) ranges.push([]);
    ranges.at(-1)?.push(tree);
    end = tree.place.offset + tree.place.length;
  }
  return ranges;
}
