import { isHoldfastError } from "../base/errors.ts";
import { BlobIndex } from "../repository/blob-index.ts";
import {
  createRepository,
  type OpenOptions,
  openRepository as openIn,
  type Repository,
} from "../repository/repository.ts";
import { INDEXES, SNAPSHOTS } from "../repository/layout.ts";
import { createRequestCounter, type RequestCounts, withCount } from "../stores/count.ts";
import { openStore, type StoreCredentials } from "../stores/open.ts";
import { withReadAhead } from "../stores/read-ahead.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { atBorder } from "./border.ts";

export type { StoreCredentials } from "../stores/open.ts";

/** Where a repository is and what opens it. */
export interface RepositoryAddress extends CallOptions {
  /** A folder or a URL; or a store, which the caller closes. */
  readonly store: string | Store;
  /** What opens the store, where its address alone does not. */
  readonly credentials?: StoreCredentials | undefined;
  /** The empty text is a password too: one that everybody knows. */
  readonly password: string;
}

/** A repository that stays open; closed at the end of an `await using`. */
export interface OpenedRepository extends AsyncDisposable {
  /** The repository's own id, the same for ever. */
  readonly id: string;
  /** Where it is, without secrets. */
  readonly url: string;
  /**
   * What it is made of; for the operations of this library.
   *
   * @internal
   */
  readonly inner: Repository;
  readonly requests: RequestCounts;
  /**
   * The moment before which the next save should not come, for whoever may choose it; `null` when any is
   * good. A store that counts writes asks for patience so.
   */
  nextSaveAt(): Promise<Date | null>;
  /** It was made when it was opened. */
  readonly isNew: boolean;
}

/** Which repository an operation works on: an address that it opens itself, or one that is open. */
export type RepositoryAccess = RepositoryAddress | ({ readonly repository: OpenedRepository } & CallOptions);

/**
 * Opens a repository for several operations, which saves each of them the work of deriving the keys
 * (about 50 ms).
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `WRONG_PASSWORD`, `DATA_DAMAGED`, `CONFIG`,
 *   `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 * @example
 * ```ts
 * await using repository = await openRepository({ store: "./.holdfast", password });
 * await save({ repository, state: ["data"] });
 * const { snapshots: saved } = await snapshots({ repository });
 * ```
 */
export function openRepository(address: RepositoryAddress): Promise<OpenedRepository> {
  return atBorder("could not open the repository", () => openAt(address, openExisting));
}

/**
 * As {@link openRepository}, for an operation that needs all snapshots and indexes right away: they are
 * asked for at the same time, which saves round trips.
 */
export function openRepositoryAhead(address: RepositoryAddress): Promise<OpenedRepository> {
  return openAt(address, (store, options) => {
    store.readSoon?.();
    return openExisting(withReadAhead(store, [SNAPSHOTS, INDEXES], { signal: options.signal }), options);
  });
}

/** As {@link openRepository}; makes the repository when nothing is there yet. */
export function openOrCreateRepository(address: RepositoryAddress): Promise<OpenedRepository> {
  return openAt(address, openOrCreate);
}

/** What an operation works with. */
export interface Workplace {
  /** With an index that is still empty: another writer may have changed the store since it was opened. */
  readonly repository: Repository;
  /** Requests to the store since the operation began. */
  readonly requests: () => number;
  /** The repository was made for this operation. */
  readonly isNew: boolean;
}

/**
 * Runs an operation on a repository, and closes what was opened for it.
 *
 * @param open how to open it when only its address is given
 */
export async function withRepository<Result>(
  access: RepositoryAccess,
  work: (place: Workplace) => Promise<Result>,
  open: (address: RepositoryAddress) => Promise<OpenedRepository> = openRepository,
): Promise<Result> {
  if (!("repository" in access)) {
    await using repository = await open(access);
    const { inner, requests, isNew } = repository;
    return await work({ repository: inner, requests: () => requests.requests, isNew });
  }
  const { inner, requests } = access.repository;
  const before = requests.requests;
  return work({
    repository: { ...inner, index: new BlobIndex() },
    requests: () => requests.requests - before,
    isNew: false,
  });
}

/** How to come to a repository in a store that is open. */
type Open = (
  store: Store,
  options: OpenOptions,
) => Promise<{ readonly inner: Repository; readonly isNew: boolean }>;

const openExisting: Open = async (store, options) => ({ inner: await openIn(store, options), isNew: false });

const openOrCreate: Open = async (store, options) => {
  try {
    return await openExisting(store, options);
  } catch (error) {
    if (!isHoldfastError(error, "NO_REPOSITORY")) throw error;
  }
  try {
    return { inner: await createRepository(store, options), isNew: true };
  } catch (error) {
    // Another first save was faster.
    if (!isHoldfastError(error, "ALREADY_EXISTS")) throw error;
    return openExisting(store, options);
  }
};

async function openAt(address: RepositoryAddress, open: Open): Promise<OpenedRepository> {
  const counter = createRequestCounter();
  const isOurs = typeof address.store === "string";
  const store = isOurs
    ? await openStore(address.store, { counter, credentials: address.credentials })
    : withCount(address.store, counter);
  const close = async (): Promise<void> => {
    if (isOurs) await store.close();
  };
  try {
    const { inner, isNew } = await open(store, { password: address.password, signal: address.signal });
    return {
      id: inner.id,
      url: store.url,
      inner,
      requests: counter,
      nextSaveAt: async () => (await store.nextWriteAt?.()) ?? null,
      isNew,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
