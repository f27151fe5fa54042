import { HoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { CallOptions, NewFile } from "../stores/store.ts";
import { openBlob } from "./blob.ts";
import { BlobIndex } from "./blob-index.ts";
import { BlobWriter, groupByBlobs, INDEX_BLOBS } from "./blob-writer.ts";
import type { RepositoryLock } from "./held-lock.ts";
import { type Id, shortId } from "./ids.ts";
import { indexUnlistedPacks, loadIndex, type LoadedIndexes } from "./index-files.ts";
import { encodeIndex, type IndexedPack } from "./index-json.ts";
import { INDEXES, LEASES, packName } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import { listPackSizes, packFileBytes } from "./pack-sizes.ts";
import { idsOf, planPrune, type PrunePlan, type WeighedPack } from "./prune-plan.ts";
import { readBack } from "./read-back.ts";
import type { Repository } from "./repository.ts";
import { sealFile } from "./sealed-file.ts";
import { listSnapshots } from "./snapshot.ts";
import { findUsedBlobs } from "./walk-trees.ts";

/** Options of {@link pruneRepository}. */
export interface PruneOptions extends CallOptions {
  /** How much may stay unused, as a fraction of what is used; default 0.05. */
  readonly maxUnused?: number;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  readonly onProgress?: ProgressListener | undefined;
}

/** What was, or would be, done; sizes in bytes. */
export interface PruneReport {
  readonly packs: { readonly kept: number; readonly repacked: number; readonly removed: number };
  /** Removed with whole packs. */
  readonly removedBytes: number;
  /** Copied into new packs. */
  readonly repackedBytes: number;
  /** By how much the packs have shrunk in all. */
  readonly freedBytes: number;
  /** Packs that no index lists and whose header cannot be read; left alone. */
  readonly unreadablePacks: readonly Id[];
}

/** Index files are put together when there are more than this. */
const MANY_INDEXES = 8;

/**
 * Removes what no snapshot uses. Before anything is removed, what replaces it is stored and read back:
 * new packs, then a new index, then the old index goes, then the old packs.
 *
 * @throws {HoldfastError} `LOCKED`; `DATA_DAMAGED` when a snapshot or tree cannot be read, or a used
 *   blob is missing (then nothing is removed); and what the store throws
 */
export async function pruneRepository(
  repository: Repository,
  options: PruneOptions = {},
): Promise<PruneReport> {
  const { signal, maxUnused = 0.05 } = options;
  const call = { signal };
  await using lock = await acquireLock(repository, { exclusive: true, signal });
  const snapshots = await listSnapshots(repository, call);
  const indexes = await loadIndex(repository, call);
  const sizes = await listPackSizes(repository, call);
  const present = [...indexes.packs.values()].filter(
    ({ id, blobs }) => sizes.get(id) === packFileBytes(blobs),
  );
  // Of a blob that is stored twice, a copy in a pack that was lost must not stand for the other one.
  const place = { ...repository, index: indexOf(present) };
  const unlisted = await indexUnlistedPacks(place, call);
  place.index.takeUnlisted();
  const roots = snapshots.map(({ tree }) => tree);
  const used = await findUsedBlobs(place, roots, call);
  refuseLosses(place, used.data);
  const plan = planPrune([...present, ...unlisted.found], place.index, used, maxUnused);
  const isUpToDate = unlisted.found.length === 0 && present.length === indexes.packs.size;
  if (options.dryRun !== true) await carryOut(place, plan, { indexes, isUpToDate, lock }, options);
  return report(plan, unlisted.damaged);
}

function indexOf(packs: readonly IndexedPack[]): BlobIndex {
  const index = new BlobIndex();
  for (const { id, blobs } of packs) index.addPack(id, blobs);
  return index;
}

/** A used blob that is nowhere: the repository needs help, not tidying. */
function refuseLosses(repository: Repository, used: ReadonlySet<Id>): void {
  for (const id of used) {
    if (repository.index.has("data", id)) continue;
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: `a snapshot needs the data blob ${shortId(id)}, which is nowhere in the repository`,
      hint: "holdfast check tells which snapshots are whole; forget the others, then prune",
    });
  }
}

/** What the repository has to say of its packs before it is pruned, and the right to change that. */
interface Found {
  readonly indexes: LoadedIndexes;
  /** The index files list all packs that are there, and no others. */
  readonly isUpToDate: boolean;
  readonly lock: RepositoryLock;
}

async function carryOut(
  repository: Repository,
  plan: PrunePlan,
  { indexes, isUpToDate, lock }: Found,
  options: PruneOptions,
): Promise<void> {
  const call = { signal: options.signal };
  const replaced = [...plan.repack, ...plan.remove];
  const isTidy = indexes.files.length <= MANY_INDEXES && indexes.damaged.length === 0 && isUpToDate;
  if (replaced.length === 0 && isTidy) {
    await repository.store.history?.compact({ ...call, unsettled: LEASES });
    return;
  }
  const { fresh, unverified } = await repack(repository, plan.repack, options);
  const index = indexFiles(repository, plan.keep);
  lock.assertHeld();
  await repository.store.write([...fresh, ...index], call);
  await readBack(repository.store, [...unverified, ...fresh, ...index], call);
  const names = new Set(index.map(({ name }) => name));
  lock.assertHeld();
  await repository.store.remove(
    indexes.files.filter((name) => !names.has(name)),
    call,
  );
  lock.assertHeld();
  await repository.store.remove(idsOf(replaced).map(packName), call);
  lock.assertHeld();
  await repository.store.history?.compact({ ...call, unsettled: LEASES });
}

/** Packs that were copied together: files still to be written, and names of those that were. */
interface Repacked {
  readonly fresh: readonly NewFile[];
  readonly unverified: readonly { readonly name: string }[];
}

/** Copies what is used of some packs into new ones; gives the files that are still to be written. */
async function repack(
  repository: Repository,
  packs: readonly WeighedPack[],
  options: PruneOptions,
): Promise<Repacked> {
  await using writer = new BlobWriter(repository, { signal: options.signal, verify: true });
  const totalBytes = packs.reduce((sum, pack) => sum + pack.usedBytes, 0);
  let bytes = 0;
  for (const [position, pack] of packs.entries()) {
    options.onProgress?.({ phase: "repack", files: position, totalFiles: packs.length, bytes, totalBytes });
    const content = await repository.store.read(packName(pack.id), undefined, { signal: options.signal });
    for (const blob of pack.used) {
      const sealed = content.slice(blob.offset, blob.offset + blob.length);
      openBlob(repository.keys, sealed, blob.uncompressedLength, blob.id);
      writer.addSealed(blob.type, blob.id, sealed, blob.uncompressedLength);
    }
    bytes += pack.usedBytes;
    await writer.settle();
  }
  const fresh = await writer.finish();
  return { fresh, unverified: writer.unverified };
}

function indexFiles(repository: Repository, packs: readonly IndexedPack[]): NewFile[] {
  return groupByBlobs(packs, INDEX_BLOBS).map((group) =>
    sealFile(repository.keys, INDEXES, encodeIndex(group)),
  );
}

function report(plan: PrunePlan, unreadablePacks: readonly Id[]): PruneReport {
  const sum = (packs: readonly WeighedPack[], field: "sizeBytes" | "usedBytes"): number =>
    packs.reduce((total, pack) => total + pack[field], 0);
  const removedBytes = sum(plan.remove, "sizeBytes");
  const repackedBytes = sum(plan.repack, "usedBytes");
  return {
    packs: { kept: plan.keep.length, repacked: plan.repack.length, removed: plan.remove.length },
    removedBytes,
    repackedBytes,
    freedBytes: removedBytes + sum(plan.repack, "sizeBytes") - repackedBytes,
    unreadablePacks,
  };
}
