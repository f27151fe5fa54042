import { isHoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import { openBlob } from "./blob.ts";
import type { CheckOptions, CheckProblem } from "./check.ts";
import { type Id, idOf, shortId } from "./ids.ts";
import type { IndexedPack } from "./index-json.ts";
import { packName } from "./layout.ts";
import { decodePackHeader, type PackedBlob } from "./pack.ts";
import { listPackSizes, packFileBytes } from "./pack-sizes.ts";
import type { Repository } from "./repository.ts";
import type { BlobSet } from "./walk-trees.ts";

/** What checking the packs found. */
export interface CheckedPacks {
  readonly problems: readonly CheckProblem[];
  /** Blobs that cannot be read. */
  readonly bad: BlobSet;
  readonly readBytes: number;
}

/** Packs in memory at the same time. */
const PARALLEL = 2;

/** Checks that every pack in the index is there and has its size and, on demand, that every byte is right. */
export async function checkPacks(
  repository: Repository,
  packs: ReadonlyMap<Id, IndexedPack>,
  options: CheckOptions,
): Promise<CheckedPacks> {
  const sizes = await listPackSizes(repository, options);
  const problems: CheckProblem[] = [];
  const bad: BlobSet = { data: new Set(), tree: new Set() };
  const found = (pack: IndexedPack, blobs: readonly PackedBlob[], problem: CheckProblem): void => {
    problems.push(problem);
    for (const { type, id } of blobs)
      if (repository.index.find(type, id)?.pack === pack.id) bad[type].add(id);
  };
  const readable: IndexedPack[] = [];
  for (const pack of packs.values()) {
    const problem = checkSize(pack, sizes.get(pack.id));
    if (problem === null) readable.push(pack);
    else found(pack, pack.blobs, problem);
  }
  const readBytes = options.readData ? await readPacks(repository, readable, options, found) : 0;
  return { problems, bad, readBytes };
}

function checkSize(pack: IndexedPack, sizeBytes: number | undefined): CheckProblem | null {
  const wanted = packFileBytes(pack.blobs);
  if (sizeBytes === wanted) return null;
  const name = `pack ${shortId(pack.id)}`;
  if (sizeBytes === undefined) return { kind: "pack-missing", message: `${name} is not in the store` };
  return { kind: "pack-damaged", message: `${name} has ${sizeBytes} bytes instead of ${wanted}` };
}

type Found = (pack: IndexedPack, blobs: readonly PackedBlob[], problem: CheckProblem) => void;

async function readPacks(
  repository: Repository,
  packs: readonly IndexedPack[],
  { signal, onProgress }: CheckOptions,
  found: Found,
): Promise<number> {
  const totalBytes = packs.reduce((sum, pack) => sum + packFileBytes(pack.blobs), 0);
  let readBytes = 0;
  let files = 0;
  await mapParallel(packs, PARALLEL, async (pack) => {
    const bytes = await repository.store.read(packName(pack.id), undefined, { signal });
    const damage = damagedBlobs(repository, pack, bytes);
    if (damage !== null) found(pack, damage.blobs, { kind: "pack-damaged", message: damage.message });
    readBytes += bytes.byteLength;
    files += 1;
    onProgress?.({ phase: "check", files, totalFiles: packs.length, bytes: readBytes, totalBytes });
  });
  return readBytes;
}

/** Which blobs of a pack cannot be read; `null` when the whole pack is right. */
function damagedBlobs(
  repository: Repository,
  pack: IndexedPack,
  bytes: Uint8Array,
): { readonly blobs: readonly PackedBlob[]; readonly message: string } | null {
  const unreadable = pack.blobs.filter((blob) => {
    const sealed = bytes.subarray(blob.offset, blob.offset + blob.length);
    return fails(() => openBlob(repository.keys, sealed, blob.uncompressedLength, blob.id));
  });
  const name = `pack ${shortId(pack.id)}`;
  if (unreadable.length > 0) {
    return {
      blobs: unreadable,
      message: `${name} has ${unreadable.length} of ${pack.blobs.length} blobs damaged`,
    };
  }
  if (idOf(bytes) === pack.id && !fails(() => decodePackHeader(repository.keys, bytes, bytes.byteLength)))
    return null;
  return { blobs: [], message: `${name} does not match its hash, but all its blobs can be read` };
}

function fails(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return true;
    throw error;
  }
}
