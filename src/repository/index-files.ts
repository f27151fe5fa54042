import { isHoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import type { CallOptions } from "../stores/store.ts";
import { type Id, isId } from "./ids.ts";
import { decodeIndex, type IndexedPack } from "./index-json.ts";
import { baseName, INDEXES, packName, PACKS } from "./layout.ts";
import { decodePackHeader, headerBytes, headerLengthOf, type PackedBlob } from "./pack.ts";
import type { Repository } from "./repository.ts";
import { readSealedFile } from "./sealed-file.ts";

/** Requests under way at once. */
const PARALLEL = 8;
/** Entries asked for with the first read of a pack's end; most packs of profiles have fewer. */
const FIRST_GUESS_ENTRIES = 250;

/** What reading all index files gave. */
export interface LoadedIndexes {
  /** Names of the index files. */
  readonly files: readonly string[];
  /** Names of those that cannot be read; their packs can still be found by their headers. */
  readonly damaged: readonly string[];
  /** All packs that they list, each once. */
  readonly packs: ReadonlyMap<Id, IndexedPack>;
}

/**
 * Reads all index files into `repository.index`. A damaged one is reported, not thrown, because
 * {@link indexUnlistedPacks} finds what it listed.
 *
 * @throws what the store throws
 */
export async function loadIndex(repository: Repository, options: CallOptions = {}): Promise<LoadedIndexes> {
  const files: string[] = [];
  for await (const file of repository.store.list(INDEXES, options)) {
    if (isId(baseName(file.name))) files.push(file.name);
  }
  const damaged: string[] = [];
  const packs = new Map<Id, IndexedPack>();
  await mapParallel(files, PARALLEL, async (name) => {
    const listed = await readIndexFile(repository, name, options);
    if (listed === null) damaged.push(name);
    for (const pack of listed ?? []) packs.set(pack.id, pack);
  });
  for (const { id, blobs } of packs.values()) repository.index.addPack(id, blobs);
  return { files, damaged, packs };
}

/** The packs that an index file lists, or `null` when it is damaged or was just replaced by another. */
async function readIndexFile(
  repository: Repository,
  name: string,
  options: CallOptions = {},
): Promise<IndexedPack[] | null> {
  try {
    return decodeIndex(await readSealedFile(repository, name, options));
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) return null;
    throw error;
  }
}

/** What {@link indexUnlistedPacks} found. */
export interface UnlistedPacks {
  readonly found: readonly IndexedPack[];
  /** Packs whose header cannot be read. */
  readonly damaged: readonly Id[];
}

/**
 * Finds packs that no index lists, and reads their headers into `repository.index`: how a lost index
 * is made up for, and how the packs of a save that was cut off are found.
 *
 * @throws what the store throws
 */
export async function indexUnlistedPacks(
  repository: Repository,
  options: CallOptions = {},
): Promise<UnlistedPacks> {
  const unlisted: { id: Id; sizeBytes: number }[] = [];
  for await (const file of repository.store.list(PACKS, options)) {
    const id = baseName(file.name);
    if (isId(id) && !repository.index.hasPack(id)) unlisted.push({ id, sizeBytes: file.sizeBytes });
  }
  const found: IndexedPack[] = [];
  const damaged: Id[] = [];
  await mapParallel(unlisted, PARALLEL, async ({ id, sizeBytes }) => {
    const blobs = await tryReadPackHeader(repository, id, sizeBytes, options);
    if (blobs === null) {
      damaged.push(id);
      return;
    }
    repository.index.addUnlistedPack({ id, blobs });
    found.push({ id, blobs });
  });
  return { found, damaged };
}

async function tryReadPackHeader(
  repository: Repository,
  id: Id,
  sizeBytes: number,
  options: CallOptions,
): Promise<PackedBlob[] | null> {
  try {
    return await readPackHeader(repository, id, sizeBytes, options);
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) return null;
    throw error;
  }
}

/**
 * Reads the header of a pack of `sizeBytes`, in one request, or two where it is long.
 *
 * @throws {HoldfastError} `DATA_DAMAGED`, and what the store throws
 */
export async function readPackHeader(
  repository: Repository,
  id: Id,
  sizeBytes: number,
  options: CallOptions = {},
): Promise<PackedBlob[]> {
  const readEnd = (length: number): Promise<Uint8Array> => {
    return repository.store.read(packName(id), { offset: sizeBytes - length, length }, options);
  };
  const guess = Math.min(sizeBytes, headerBytes(FIRST_GUESS_ENTRIES));
  const tail = await readEnd(guess);
  const length = headerLengthOf(tail, sizeBytes);
  return decodePackHeader(repository.keys, length <= guess ? tail : await readEnd(length), sizeBytes);
}
