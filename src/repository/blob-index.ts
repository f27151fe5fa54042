import type { BlobType } from "./blob.ts";
import type { Id } from "./ids.ts";
import type { IndexedPack } from "./index-json.ts";
import type { PackedBlob } from "./pack.ts";

/** Where a blob is stored; lengths and offsets in bytes. */
export interface BlobPlace {
  readonly pack: Id;
  readonly offset: number;
  readonly length: number;
  readonly uncompressedLength: number | null;
}

/** Numbers kept for each blob: pack, offset, length, uncompressed length + 1 (0: not compressed). */
const COLUMNS = 4;

/**
 * All blobs of a repository in memory, by id: about 130 bytes each.
 *
 * Filled by the index files, by pack headers where those are missing, and by a writer for what it
 * has stored. Where a blob is stored twice, the place that was added first is kept.
 */
export class BlobIndex {
  readonly #rows: Readonly<Record<BlobType, Map<Id, number>>> = { data: new Map(), tree: new Map() };
  readonly #packs: Id[] = [];
  readonly #packNumbers = new Map<Id, number>();
  #columns = new Uint32Array(COLUMNS * 1024);
  #count = 0;
  #unlisted: IndexedPack[] = [];

  /** Takes up the blobs of one pack. */
  addPack(pack: Id, blobs: readonly PackedBlob[]): void {
    let number = this.#packNumbers.get(pack);
    if (number === undefined) {
      number = this.#packs.push(pack) - 1;
      this.#packNumbers.set(pack, number);
    }
    for (const blob of blobs) this.#add(number, blob);
  }

  /** Takes up a pack that no index file lists; the next writer lists it, before anything refers to it. */
  addUnlistedPack(pack: IndexedPack): void {
    this.addPack(pack.id, pack.blobs);
    this.#unlisted.push(pack);
  }

  /** The packs that no index file lists, each given once. */
  takeUnlisted(): readonly IndexedPack[] {
    const taken = this.#unlisted;
    this.#unlisted = [];
    return taken;
  }

  /** Where a blob is, or `null`. */
  find(type: BlobType, id: Id): BlobPlace | null {
    const row = this.#rows[type].get(id);
    return row === undefined ? null : this.#place(row);
  }

  /** Whether a blob is stored. */
  has(type: BlobType, id: Id): boolean {
    return this.#rows[type].has(id);
  }

  /** Whether a pack is known. */
  hasPack(pack: Id): boolean {
    return this.#packNumbers.has(pack);
  }

  /** The packs that are known. */
  packs(): readonly Id[] {
    return this.#packs;
  }

  /** Every blob of a kind and where it is. */
  *entries(type: BlobType): Generator<readonly [Id, BlobPlace]> {
    for (const [id, row] of this.#rows[type]) yield [id, this.#place(row)];
  }

  /** How many blobs of a kind there are. */
  count(type: BlobType): number {
    return this.#rows[type].size;
  }

  #add(pack: number, blob: PackedBlob): void {
    const rows = this.#rows[blob.type];
    if (rows.has(blob.id)) return;
    const start = this.#count * COLUMNS;
    if (start === this.#columns.length) this.#grow();
    this.#columns.set([pack, blob.offset, blob.length, (blob.uncompressedLength ?? -1) + 1], start);
    rows.set(blob.id, this.#count);
    this.#count += 1;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#columns.length * 2);
    larger.set(this.#columns);
    this.#columns = larger;
  }

  #place(row: number): BlobPlace {
    const start = row * COLUMNS;
    const uncompressed = this.#columns[start + 3] ?? 0;
    return {
      pack: this.#packs[this.#columns[start] ?? 0] as Id,
      offset: this.#columns[start + 1] ?? 0,
      length: this.#columns[start + 2] ?? 0,
      uncompressedLength: uncompressed === 0 ? null : uncompressed - 1,
    };
  }
}
