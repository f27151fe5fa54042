/** A file as a store lists it. */
export interface StoredFile {
  /** Relative name, '/'-separated, for example `data/3f/3fa9…`. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** A file to write. */
export interface NewFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a store can do; asked instead of which store it is. */
export interface StoreTraits {
  /** `write` makes all its files visible at one instant, or none: as many as `atomicFiles`. */
  readonly atomicBatch: boolean;
  /**
   * Of so many files, deferred ones included, one instant shows all; 1 without `atomicBatch`. Of a larger
   * write the first ones may be seen earlier, in the order given; the last ones become visible only while
   * those are still there.
   */
  readonly atomicFiles: number;
  /** `write` can refuse to replace a file that exists. */
  readonly createOnly: boolean;
  /** `read` fetches only the range asked for (otherwise the whole file is fetched and cut). */
  readonly rangeReads: boolean;
  /**
   * `write` can depend on which files are there at the instant at which its own become visible; needs
   * `atomicBatch`. Of more than `atomicFiles`, at each of the instants; so it holds at the last one.
   */
  readonly conditionalWrites: boolean;
  /**
   * Whoever looks again and again whether something has changed should let so much time pass in between, in
   * milliseconds: the store is far away, or its provider counts requests. Left out where it does not matter.
   */
  readonly pollMs?: number | undefined;
}

/** What has to be so at the instant at which the files of a write become visible. */
export interface WriteCondition {
  /** These names are there, or among the files of the write. */
  readonly present: readonly string[];
  /** No name begins so. */
  readonly absent: string;
  /** Of the names that begin so, none but these are there, and those of the write. */
  readonly only?: { readonly prefix: string; readonly names: readonly string[] } | undefined;
}

/** A part of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Every call can be given up. */
export interface CallOptions {
  /** Looked at before any effect; an aborted call throws `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Store.write}. */
export interface WriteOptions extends CallOptions {
  /** Fail with `ALREADY_EXISTS` when a name is taken, and leave that file alone. */
  readonly createOnly?: boolean;
  /**
   * The files may stay unseen until the next write without this option, which shows them together with
   * its own, as if they stood in front of those. A store where each write costs much saves by it; the
   * others show them at once. Without a next write they may be lost.
   */
  readonly deferred?: boolean;
  /** Fail with `CONFLICT`, and show nothing, unless this holds. */
  readonly condition?: WriteCondition | undefined;
  /**
   * Called with how many more bytes of the files have arrived, by a store where that takes time; the
   * others, and those that carry a file inside another request, do not call it. Must not throw.
   */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** How much a store holds, in bytes. */
export interface StoreUsage {
  /** Of the files that are there. */
  readonly liveBytes: number;
  /** Of what was removed or replaced, and is still kept. */
  readonly keptBytes: number;
  /** What the provider counts against the account; `null` when it does not say. */
  readonly countedBytes: number | null;
}

/** What some stores keep of files that were removed or replaced. */
export interface StoreHistory {
  /** @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED` */
  usage(options?: CallOptions): Promise<StoreUsage>;
  /** Whether so much has come together that `compact` should be called. */
  isDue(options?: CallOptions): Promise<boolean>;
  /**
   * Gives up all that is not a file now, for good. What is there is compared before and after. Only right
   * while nobody else writes: under an exclusive lock. Only names that begin with `unsettled` may change
   * meanwhile.
   *
   * @throws {HoldfastError} `DATA_DAMAGED` when a file is not as it was before (then nothing more is
   *   given up), and what `usage` and `write` throw
   */
  compact(options?: CallOptions & { readonly unsettled?: string }): Promise<void>;
}

/**
 * A flat set of immutable, named files: a folder, a bucket, a dataset.
 *
 * A store moves bytes and nothing else: it does not retry, cache, encrypt or log; wrappers do
 * that for all alike. Bodies are whole arrays, so that a wrapper can send one again; packs
 * bound their size. Every store and every wrapper passes the cases in `conformance.ts`.
 *
 * Names: 1 to 1024 characters of `A-Z a-z 0-9 . _ - /`; segments have 1 to 255, are neither `.` nor
 * `..`, and do not end in `-tmp-` and digits, which marks files being written (anything else throws
 * `CONFIG` before any effect).
 */
export interface Store {
  /** Where it is, for people: without passwords, tokens or signed parts. */
  readonly url: string;
  readonly traits: StoreTraits;

  /**
   * Every file whose name starts with `prefix` (a plain string prefix, '' for all), each once, in no
   * particular order. A prefix that matches nothing, or a store that was never written to, yields
   * nothing. Files being written are not shown.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
   */
  list(prefix: string, options?: CallOptions): AsyncIterable<StoredFile>;

  /**
   * The bytes of a file, or of a part of it. The caller owns the array (it may be transferred).
   *
   * @throws {HoldfastError} `NOT_FOUND`; `DATA_DAMAGED` when the file is shorter than the range
   *   (never fewer bytes than asked for) or no file has such a range; `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
   */
  read(name: string, range?: ByteRange, options?: CallOptions): Promise<Uint8Array>;

  /**
   * Writes files. When it returns they are durable and visible, each whole. All become visible
   * together, or none (`traits.atomicBatch`, as many as `traits.atomicFiles`); elsewhere strictly in the
   * order given, so that after a failure the visible ones are a prefix of the list. Without `createOnly`,
   * a file that exists is replaced at one instant.
   *
   * @throws {HoldfastError} `ALREADY_EXISTS` (with `createOnly`), `CONFLICT` (with `condition`, and with
   *   more than `atomicFiles` of which some were removed meanwhile), `CONFIG` when one of these is asked of
   *   a store that cannot, `DISK_FULL`, `STORE_READ_ONLY`, `STORE_UNREACHABLE`, `STORE_AUTH`,
   *   `STORE_PUBLIC`, `CANCELLED`
   */
  write(files: readonly NewFile[], options?: WriteOptions): Promise<void>;

  /**
   * Removes files in the order given; when it returns, they are gone for good. A name that is not
   * there is not an error.
   *
   * @throws {HoldfastError} `STORE_READ_ONLY`, `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
   */
  remove(names: readonly string[], options?: CallOptions): Promise<void>;

  /** What it keeps beyond its files; left out where it keeps nothing. */
  readonly history?: StoreHistory | undefined;

  /**
   * Says that most files will be read soon: a store that is far away makes ready for that. Changes
   * nothing that can be seen.
   */
  readSoon?(): void;

  /**
   * The moment before which the next write should not come, for whoever may choose it: a store that
   * counts writes asks for patience so. `null` when any moment is good. A write that comes all the same
   * is done, as long as the provider takes it.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
   */
  nextWriteAt?(options?: CallOptions): Promise<Date | null>;

  /** Gives back what it holds (connections, handles). Never throws; calls after it are a mistake. */
  close(): Promise<void>;
}
