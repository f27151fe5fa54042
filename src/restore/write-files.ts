import { joinPath } from "../base/byte-path.ts";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import { LongPaths } from "../base/long-path.ts";
import { mapParallel } from "../base/parallel.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { WorkerPool } from "../base/worker-pool.ts";
import { shortId } from "../repository/ids.ts";
import { packName } from "../repository/layout.ts";
import type { Repository } from "../repository/repository.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import type { CallOptions } from "../stores/store.ts";
import { ByteBudget } from "./byte-budget.ts";
import { type FileToWrite, locateContents, type NeededBlob } from "./file-contents.ts";
import { emptyFileJobs, isWhole, jobOf } from "./file-jobs.ts";
import type { Stamp } from "./metadata.ts";
import { type PackRead, planReads } from "./pack-reads.ts";
import { finishParts, type JobFile, type WriteJob } from "./write-job.ts";

/** The threads that write. */
export type WritePool = WorkerPool<WriteJob, BigInt64Array>;

/** What writing takes besides the files. */
export interface WriteOptions extends CallOptions {
  readonly onProgress?: ProgressListener | undefined;
}

/** What {@link writeFiles} made. */
export interface WrittenFiles {
  /** Inode and ctime of each file, in the order given. */
  readonly stamps: BigInt64Array;
  /** Of all files together. */
  readonly bytes: number;
}

/** A request is at most so large… */
const MAX_READ_BYTES = 2 * 1024 * 1024;
/** … and smaller when there is little to read, so that this many are under way together… */
const READS_WANTED = 8;
/** … but not smaller than this: the time of a request would be lost on going there. */
const MIN_READ_BYTES = 512 * 1024;
const MAX_GAP_BYTES = 256 * 1024;
const PARALLEL_READS = 32;
/** Sealed bytes in memory: being read, waiting for a thread, or worked on. */
const HELD_BYTES = 16 * 1024 * 1024;

/**
 * Makes all files: reads ranges of packs, several at a time, and has threads check and write them.
 *
 * @param files in folders that are there
 * @throws {HoldfastError} `DATA_DAMAGED`, `DISK_FULL`, `PERMISSION`, `CANCELLED`, and what the store throws
 */
export async function writeFiles(
  repository: Repository,
  pool: WritePool,
  files: readonly FileToWrite[],
  options: WriteOptions,
): Promise<WrittenFiles> {
  const { blobs, sizes } = await locateContents(repository, files, options);
  const writing = startWriting(files, sizes, options.onProgress);
  const budget = new ByteBudget(HELD_BYTES);
  await mapParallel(readsOf(blobs), PARALLEL_READS, async (read) => {
    using _held = await budget.hold(read.length);
    checkCancelled(options);
    const bytes = await readPack(repository, read, options);
    const job = jobOf(files, read, bytes);
    takeStamps(writing, job.files, await pool.run(job, [bytes.buffer]));
    finishFiles(writing, read.blobs);
  });
  await mapParallel(emptyFileJobs(files), PARALLEL_READS, async (job) => {
    checkCancelled(options);
    takeStamps(writing, job.files, await pool.run(job));
  });
  return { stamps: writing.stamps, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function readsOf(blobs: readonly NeededBlob[]): PackRead<NeededBlob>[] {
  const sealedBytes = blobs.reduce((sum, { place }) => sum + place.length, 0);
  const maxBytes = Math.min(MAX_READ_BYTES, Math.max(MIN_READ_BYTES, Math.ceil(sealedBytes / READS_WANTED)));
  return planReads(blobs, { maxBytes, maxGapBytes: MAX_GAP_BYTES });
}

async function readPack(
  { store }: Repository,
  { pack, offset, length }: PackRead<NeededBlob>,
  { signal }: CallOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = await store.read(packName(pack), { offset, length }, { signal });
    // it moves to a thread as it is, unless others have a part of the same memory
    const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
    return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
  } catch (error) {
    if (!isHoldfastError(error, "NOT_FOUND")) throw error;
    const message = `the repository has lost the pack ${shortId(pack)}`;
    throw new HoldfastError({ code: "DATA_DAMAGED", message, cause: error });
  }
}

/** How far the writing has come. */
interface Writing {
  readonly files: readonly FileToWrite[];
  readonly sizes: Float64Array;
  /** Parts of each file that are not written yet. */
  readonly partsLeft: Int32Array;
  readonly stamps: BigInt64Array;
  /** Takes note of a file that is whole on the disk. */
  readonly done: (index: number, stamp: Stamp) => void;
}

function startWriting(
  files: readonly FileToWrite[],
  sizes: Float64Array,
  onProgress: ProgressListener | undefined,
): Writing {
  const stamps = new BigInt64Array(files.length * 2);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  let [doneFiles, doneBytes] = [0, 0];
  const done = (index: number, { inode, ctimeNs }: Stamp): void => {
    stamps.set([inode, ctimeNs], index * 2);
    doneFiles += 1;
    doneBytes += sizes[index] ?? 0;
    onProgress?.({
      phase: "restore",
      files: doneFiles,
      totalFiles: files.length,
      bytes: doneBytes,
      totalBytes,
    });
  };
  const partsLeft = Int32Array.from(files, ({ file }) => file.content.length);
  return { files, sizes, partsLeft, stamps, done };
}

function takeStamps({ done }: Writing, files: readonly JobFile[], stamps: BigInt64Array): void {
  for (const [position, { index, whole }] of files.entries()) {
    if (whole === null) continue;
    done(index, { inode: stamps[2 * position] ?? 0n, ctimeNs: stamps[2 * position + 1] ?? 0n });
  }
}

/** Finishes the files whose last part was among these blobs. */
function finishFiles({ files, sizes, partsLeft, done }: Writing, blobs: readonly NeededBlob[]): void {
  using paths = new LongPaths();
  for (const { file: index } of blobs.flatMap(({ uses }) => uses)) {
    const entry = files[index];
    if (entry === undefined || isWhole(entry)) continue;
    const { root, file } = entry;
    const left = (partsLeft[index] ?? 0) - 1;
    partsLeft[index] = left;
    if (left > 0) continue;
    done(index, finishParts(paths, joinPath(root, file.path), sizes[index] ?? 0, file.metadata));
  }
}
