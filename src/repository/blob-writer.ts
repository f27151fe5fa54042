import { availableParallelism } from "node:os";
import { WorkerPool, workerUrl } from "../base/worker-pool.ts";
import type { NewFile, WriteOptions } from "../stores/store.ts";
import type { BlobType } from "./blob.ts";
import { type Id, idOf } from "./ids.ts";
import { encodeIndex, type IndexedPack } from "./index-json.ts";
import { INDEXES } from "./layout.ts";
import { PACK_BYTES, PackBuilder } from "./pack-builder.ts";
import { readBack } from "./read-back.ts";
import type { Repository } from "./repository.ts";
import { openBatchSealer, type SealedBatch, type SealJob } from "./seal-batch.ts";
import { sealFile } from "./sealed-file.ts";

/** A batch goes to a thread when it holds this much … */
const BATCH_BYTES = 512 * 1024;
/** … and has room for one more blob of the usual size; a larger one gets a buffer of its own. */
const BUFFER_BYTES: number = BATCH_BYTES + 1024 * 1024;
/** So little is sealed faster here than a thread starts. */
const INLINE_BYTES = 512 * 1024;
/** Packs that are written at the same time. */
const PARALLEL_WRITES = 2;
/** A long save lists its packs so often, so that the next one can go on where it was cut off. */
const INDEX_EVERY_BYTES = 128 * 1024 * 1024;
/** Most blobs in one index file, some 6 MiB of JSON. */
export const INDEX_BLOBS = 40_000;

/** What a writer has added to the repository; bytes. */
export interface WrittenTotals {
  dataBlobs: number;
  treeBlobs: number;
  /** Plaintext of the blobs. */
  addedBytes: number;
  /** The blobs as they stand in packs. */
  packedBytes: number;
  /** All files that were written, packs and index. */
  storedBytes: number;
}

interface Batch {
  readonly type: BlobType;
  readonly buffer: ArrayBuffer;
  readonly ids: Id[];
  readonly lengths: number[];
  used: number;
}

/** Options of a {@link BlobWriter}. */
export interface BlobWriterOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Read every file back when an index lists it, because what it was made from will be removed; those of
   * {@link BlobWriter.unverified} are left to the caller.
   */
  readonly verify?: boolean;
  /** See `WriteOptions` of the store. */
  readonly onSent?: WriteOptions["onSent"];
}

/**
 * Adds blobs to a repository: those it does not have are compressed and sealed by threads, collected
 * in packs and stored. Nothing refers to them until the caller writes what {@link finish} returns.
 *
 * `add` as many as you like, and `await settle()` whenever it is `full`; then `finish`.
 */
export class BlobWriter implements AsyncDisposable {
  readonly #repository: Repository;
  readonly #options: BlobWriterOptions;
  readonly #packs: Readonly<Record<BlobType, PackBuilder>> = {
    data: new PackBuilder(),
    tree: new PackBuilder(),
  };
  readonly #batches: Record<BlobType, Batch | null> = { data: null, tree: null };
  readonly #pending: Readonly<Record<BlobType, Set<Id>>> = { data: new Set(), tree: new Set() };
  readonly #threads = Math.min(availableParallelism(), 4);
  readonly #spare: ArrayBuffer[] = [];
  readonly #sealing = new Set<Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  #pool: WorkerPool<SealJob, SealedBatch> | null = null;
  #unindexed: IndexedPack[] = [];
  #unindexedBytes = 0;
  #failure: { readonly error: unknown } | null = null;
  /** Names of files that were written and may not be visible before what {@link finish} gives is. */
  readonly unverified: { readonly name: string }[] = [];
  /** What was added so far. */
  readonly totals: WrittenTotals = {
    dataBlobs: 0,
    treeBlobs: 0,
    addedBytes: 0,
    packedBytes: 0,
    storedBytes: 0,
  };

  constructor(repository: Repository, options: BlobWriterOptions = {}) {
    this.#repository = repository;
    this.#options = options;
  }

  /** Whether the caller should `await settle()` before it adds more. */
  get full(): boolean {
    return (
      this.#failure !== null || this.#sealing.size > this.#threads || this.#writing.size >= PARALLEL_WRITES
    );
  }

  /** Whether the repository had every blob already that was added. */
  get isEmpty(): boolean {
    const { data, tree } = this.#pending;
    return data.size + tree.size + this.totals.dataBlobs + this.totals.treeBlobs === 0;
  }

  /** Waits until there is room again; throws what went wrong meanwhile. */
  async settle(): Promise<void> {
    while (this.full && this.#failure === null) await Promise.race([...this.#sealing, ...this.#writing]);
    this.#throwFailure();
  }

  /**
   * Adds a blob and gives its id. The bytes are copied if the repository lacks them, and may be
   * overwritten by the caller afterwards.
   */
  add(type: BlobType, bytes: Uint8Array): Id {
    const id = idOf(bytes);
    if (this.#pending[type].has(id) || this.#repository.index.has(type, id)) return id;
    this.#pending[type].add(id);
    const batch = this.#batchFor(type, bytes.byteLength);
    new Uint8Array(batch.buffer).set(bytes, batch.used);
    batch.ids.push(id);
    batch.lengths.push(bytes.byteLength);
    batch.used += bytes.byteLength;
    if (batch.used >= BATCH_BYTES) this.#dispatch(type, false);
    return id;
  }

  /** Adds a blob that is sealed already, and was checked by the caller. */
  addSealed(type: BlobType, id: Id, sealed: Uint8Array, uncompressedLength: number | null): void {
    if (this.#pending[type].has(id)) return;
    this.#pending[type].add(id);
    this.#packs[type].add(sealed, [{ type, id, length: sealed.byteLength, uncompressedLength }]);
    this.#count(type, uncompressedLength ?? sealed.byteLength, sealed.byteLength);
    if (this.#packs[type].sizeBytes >= PACK_BYTES) this.#storePack(type);
  }

  /**
   * Seals what is left and gives the files that make all blobs part of the repository, in the order
   * in which they must be written: the last packs, then the index.
   */
  async finish(): Promise<readonly NewFile[]> {
    for (const type of ["data", "tree"] as const) this.#dispatch(type, true);
    while (this.#sealing.size > 0) await Promise.race(this.#sealing);
    while (this.#writing.size > 0) await Promise.race(this.#writing);
    this.#throwFailure();
    const files: NewFile[] = [];
    for (const type of ["data", "tree"] as const) {
      const pack = this.#packs[type].finish(this.#repository.keys);
      if (pack === null) continue;
      files.push(pack.file);
      this.#unindexed.push(pack.indexed);
    }
    this.#unindexed.push(...this.#repository.index.takeUnlisted());
    files.push(...this.#takeIndexes());
    for (const file of files) this.totals.storedBytes += file.bytes.byteLength;
    return files;
  }

  /** Ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
    await Promise.allSettled([...this.#sealing, ...this.#writing]);
  }

  #batchFor(type: BlobType, length: number): Batch {
    let batch = this.#batches[type];
    if (batch !== null && batch.used + length > batch.buffer.byteLength) {
      this.#dispatch(type, false);
      batch = null;
    }
    batch ??= { type, buffer: this.#newBuffer(length), ids: [], lengths: [], used: 0 };
    this.#batches[type] = batch;
    return batch;
  }

  #newBuffer(length: number): ArrayBuffer {
    return length > BUFFER_BYTES
      ? new ArrayBuffer(length)
      : (this.#spare.pop() ?? new ArrayBuffer(BUFFER_BYTES));
  }

  #dispatch(type: BlobType, last: boolean): void {
    const batch = this.#batches[type];
    this.#batches[type] = null;
    if (batch === null || batch.ids.length === 0) return;
    const job = { buffer: batch.buffer, lengths: batch.lengths };
    if (last && this.#pool === null && batch.used <= INLINE_BYTES) {
      this.#takeUp(batch, openBatchSealer(this.#repository.keys)(job));
      return;
    }
    const sealed = this.#startPool().run(job, [batch.buffer]);
    this.#track(
      this.#sealing,
      sealed.then((result) => this.#takeUp(batch, result)),
    );
  }

  #startPool(): WorkerPool<SealJob, SealedBatch> {
    this.#pool ??= new WorkerPool(workerUrl("./seal-worker", import.meta.url), {
      size: this.#threads,
      data: this.#repository.keys,
      signal: this.#options.signal,
    });
    return this.#pool;
  }

  #takeUp({ type, ids, lengths }: Batch, { buffer, blobs: sealed }: SealedBatch): void {
    let end = 0;
    const blobs = sealed.map(({ length, uncompressedLength }, position) => {
      this.#count(type, lengths[position] ?? 0, length);
      end += length;
      return { type, id: ids[position] as Id, length, uncompressedLength };
    });
    this.#packs[type].add(new Uint8Array(buffer, 0, end), blobs);
    if (buffer.byteLength === BUFFER_BYTES) this.#spare.push(buffer);
    if (this.#packs[type].sizeBytes >= PACK_BYTES) this.#storePack(type);
  }

  #count(type: BlobType, addedBytes: number, packedBytes: number): void {
    this.totals[type === "data" ? "dataBlobs" : "treeBlobs"] += 1;
    this.totals.addedBytes += addedBytes;
    this.totals.packedBytes += packedBytes;
  }

  #storePack(type: BlobType): void {
    const pack = this.#packs[type].finish(this.#repository.keys);
    if (pack === null) return;
    const { index } = this.#repository;
    const write = async (): Promise<void> => {
      await this.#write([pack.file], true);
      index.addPack(pack.indexed.id, pack.indexed.blobs);
      for (const { id } of pack.indexed.blobs) this.#pending[type].delete(id);
      this.totals.storedBytes += pack.file.bytes.byteLength;
      this.#unindexed.push(pack.indexed);
      this.#unindexedBytes += pack.file.bytes.byteLength;
      this.#packs[type].reuse(pack);
      if (this.#unindexedBytes >= INDEX_EVERY_BYTES) await this.#storeIndexes();
    };
    this.#track(this.#writing, write());
  }

  async #storeIndexes(): Promise<void> {
    const files = this.#takeIndexes();
    await this.#write(files, false);
    const unverified = this.unverified.splice(0);
    if (this.#options.verify === true) await readBack(this.#repository.store, unverified, this.#options);
    for (const file of files) this.totals.storedBytes += file.bytes.byteLength;
  }

  /** @param deferred the files are of no use before an index lists them */
  async #write(files: readonly NewFile[], deferred: boolean): Promise<void> {
    const { signal, onSent } = this.#options;
    await this.#repository.store.write(files, { signal, deferred, onSent });
    for (const { name } of files) this.unverified.push({ name });
  }

  /** Index files for all packs that have none yet. */
  #takeIndexes(): NewFile[] {
    const groups = groupByBlobs(this.#unindexed, INDEX_BLOBS);
    this.#unindexed = [];
    this.#unindexedBytes = 0;
    return groups.map((packs) => sealFile(this.#repository.keys, INDEXES, encodeIndex(packs)));
  }

  #track(set: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => set.delete(tracked));
    set.add(tracked);
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** Splits packs into groups that each have about as many blobs as one index file may list. */
export function groupByBlobs(packs: readonly IndexedPack[], limit: number): IndexedPack[][] {
  const groups: IndexedPack[][] = [];
  let blobs = limit;
  for (const pack of packs) {
    if (blobs >= limit) {
      groups.push([]);
      blobs = 0;
    }
    groups.at(-1)?.push(pack);
    blobs += pack.blobs.length;
  }
  return groups;
}
