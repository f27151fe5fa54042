import type { Store } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** How much a store holds, as `holdfast snapshots --usage --json` shows it. Sizes are in bytes. */
export interface UsageResult {
  /** Of the files that are there. */
  readonly live: number;
  /** Of what was removed, and is still kept by the provider. */
  readonly kept: number;
  /** What the provider counts against the account; `null` when it does not say. */
  readonly counted: number | null;
}

/**
 * Looks how much a store holds.
 *
 * @throws {HoldfastError} whatever opening the repository throws
 * @example
 * ```ts
 * const { live, kept } = await usage({ store: "hf://datasets/alice/vault", password });
 * ```
 */
export function usage(options: RepositoryAccess): Promise<UsageResult> {
  const { signal } = options;
  return atBorder("could not look how much is stored", () =>
    withRepository(options, async ({ repository: { store } }) => {
      if (store.history === undefined) return { live: await sizeOf(store, signal), kept: 0, counted: null };
      const { liveBytes, keptBytes, countedBytes } = await store.history.usage({ signal });
      return { live: liveBytes, kept: keptBytes, counted: countedBytes };
    }),
  );
}

async function sizeOf(store: Store, signal: AbortSignal | undefined): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of store.list("", { signal })) bytes += sizeBytes;
  return bytes;
}
