import { LongPaths } from "../base/long-path.ts";
import { mapParallel } from "../base/parallel.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { Repository } from "../repository/repository.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import type { CallOptions } from "../stores/store.ts";
import { locateContents, type NeededBlob } from "./file-contents.ts";
import { emptyFileJobs, type FileToWrite, isWhole, jobOf } from "./file-jobs.ts";
import type { Stamp } from "./metadata.ts";
import { readBlobs } from "./read-blobs.ts";
import { finishParts, type JobFile } from "./write-job.ts";
import type { WritePool } from "./write-pool.ts";

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

/** Jobs that make empty files, under way together. */
const PARALLEL_JOBS = 8;

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
  const planned = files.map(({ file }) => file);
  const { blobs, sizes } = await locateContents(repository, planned, options);
  const writing = startWriting(files, sizes, options.onProgress);
  await readBlobs(repository, blobs, options, async (read, bytes) => {
    const job = jobOf(files, read, bytes);
    takeStamps(writing, job.files, await pool.run(job, [bytes.buffer]));
    finishFiles(writing, read.blobs);
  });
  await mapParallel(emptyFileJobs(files), PARALLEL_JOBS, async (job) => {
    checkCancelled(options);
    takeStamps(writing, job.files, await pool.run(job));
  });
  return { stamps: writing.stamps, bytes: sizes.reduce((sum, size) => sum + size, 0) };
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
    done(index, finishParts(paths, { root, path: file.path }, sizes[index] ?? 0, file.metadata));
  }
}
