import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { ProgressListener } from "../base/progress.ts";
import { type CopyCounts, copyRepository, samePlace } from "../repository/copy.ts";
import { createRequestCounter, withCount } from "../stores/count.ts";
import { isPrivateStore, localFolderOf, openStore, type StoreCredentials } from "../stores/open.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** What to copy, and where to. */
export interface CopyRequest extends CallOptions {
  /** The repository that is copied; nothing but a lock is written there. */
  readonly from: RepositoryAccess;
  /** An empty place, or one that holds an older copy. It opens with the same passwords. */
  readonly to: CopyPlace;
  /** Read back what is there, also what was there before. */
  readonly verify?: boolean | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** A store, without a password. */
export interface CopyPlace {
  /** A folder or a URL; or a store, which the caller closes and knows to be private. */
  readonly store: string | Store;
  /** What opens the store, where its address alone does not. */
  readonly credentials?: StoreCredentials | undefined;
}

/** What was done, or would be, as `holdfast copy --json` shows it. */
export interface CopyResult {
  /** Where it was copied from and to, without secrets. */
  readonly from: string;
  readonly to: string;
  /** There was no repository before. */
  readonly created: boolean;
  readonly copied: CopyCounts;
  /** What was there before. */
  readonly there: CopyCounts;
  /** Names of files that are damaged where they come from, and were left out; nothing else was. */
  readonly damaged: readonly string[];
  /** All that is there was read back and checked. */
  readonly verified: boolean;
  readonly dry_run: boolean;
  readonly seconds: number;
  /** Requests to both stores. */
  readonly requests: number;
}

/**
 * Copies a repository to another store, as it is: the same snapshots, keys and passwords. Every file is
 * checked on the way. What is there already is not copied again, so a copy that was cut off is continued by
 * the same call, and an older copy is brought up to date. Nothing is removed in either store.
 *
 * @throws {HoldfastError} `CONFIG` when the two stores are one, when another repository is in `to`, or when
 *   everybody could read the copy; `LOCKED`, `CONFLICT`, and whatever opening the repository throws
 * @example
 * ```ts
 * const { copied } = await copy({
 *   from: { store: "./.holdfast", password },
 *   to: { store: "hf://datasets/alice/vault", credentials: { hub: { token } } },
 * });
 * ```
 */
export function copy(options: CopyRequest): Promise<CopyResult> {
  const startedMs = performance.now();
  const { from, to, verify = false, dryRun = false, signal, onProgress } = options;
  return atBorder("could not copy the repository", async () => {
    await refuseSamePlace("repository" in from ? from.repository.url : from.store, to.store);
    return await withRepository(withSignal(from, signal), async ({ repository, requests }) => {
      const counter = createRequestCounter();
      const isOurs = typeof to.store === "string";
      const target = isOurs
        ? await openStore(to.store, { counter, credentials: to.credentials })
        : withCount(to.store, counter);
      const isPrivate = async (): Promise<boolean> =>
        typeof to.store !== "string" || isPrivateStore(to.store, { credentials: to.credentials });
      try {
        const report = await copyRepository(repository, target, {
          verify,
          dryRun,
          isPrivate,
          signal,
          onProgress,
        });
        return {
          from: repository.store.url,
          to: target.url,
          created: report.isNew,
          copied: report.copied,
          there: report.there,
          damaged: report.damaged,
          verified: verify && !dryRun,
          dry_run: dryRun,
          seconds: (performance.now() - startedMs) / 1000,
          requests: requests() + counter.requests,
        };
      } finally {
        if (isOurs) await target.close();
      }
    });
  });
}

function withSignal(access: RepositoryAccess, signal: AbortSignal | undefined): RepositoryAccess {
  return signal === undefined ? access : { ...access, signal };
}

async function refuseSamePlace(from: string | Store, to: string | Store): Promise<void> {
  if ((await placeOf(from)) === (await placeOf(to))) throw samePlace();
}

/** Equal for addresses of the same place, as far as addresses tell. */
async function placeOf(store: string | Store): Promise<string | Store> {
  if (typeof store !== "string") return store;
  const folder = localFolderOf(store);
  if (folder === null) return store.replace(/\/+$/, "");
  return realpath(folder).catch(() => resolve(folder)); // a folder that does not exist yet
}
