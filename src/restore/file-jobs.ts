import type { ByteString } from "../base/byte-string.ts";
import type { NeededBlob } from "./file-contents.ts";
import type { PackRead } from "./pack-reads.ts";
import type { PlannedFile } from "./plan.ts";
import type { JobBlob, JobFile, WriteJob } from "./write-job.ts";

/** A file to write. */
export interface FileToWrite {
  /** Absolute; the file's own path is relative to it. */
  readonly root: ByteString;
  readonly file: PlannedFile;
}

const EMPTY_FILES_PER_JOB = 500;

/** Whether one blob, or none, is the whole file, so that one job makes it. */
export function isWhole({ file }: FileToWrite): boolean {
  return file.content.length <= 1;
}

/** What is to be made of one range of a pack. */
export function jobOf(
  files: readonly FileToWrite[],
  read: PackRead<NeededBlob>,
  bytes: Uint8Array<ArrayBuffer>,
): WriteJob {
  const jobFiles: JobFile[] = [];
  const positions = new Map<number, number>();
  const positionOf = (index: number): number => {
    const known = positions.get(index);
    if (known !== undefined) return known;
    const position = jobFiles.push(jobFileOf(files, index)) - 1;
    positions.set(index, position);
    return position;
  };
  const blobs = read.blobs.map(({ id, place, uses }): JobBlob => {
    const { length, uncompressedLength } = place;
    const jobUses = uses.map(({ file, offset }) => ({ file: positionOf(file), offset }));
    return { id, start: place.offset - read.offset, length, uncompressedLength, uses: jobUses };
  });
  return { bytes, blobs, files: jobFiles };
}

/** Jobs that make the files without content. */
export function emptyFileJobs(files: readonly FileToWrite[]): WriteJob[] {
  const empty = [...files.keys()].filter((index) => files[index]?.file.content.length === 0);
  const jobs: WriteJob[] = [];
  for (let start = 0; start < empty.length; start += EMPTY_FILES_PER_JOB) {
    const part = empty.slice(start, start + EMPTY_FILES_PER_JOB);
    jobs.push({ bytes: new Uint8Array(), blobs: [], files: part.map((index) => jobFileOf(files, index)) });
  }
  return jobs;
}

function jobFileOf(files: readonly FileToWrite[], index: number): JobFile {
  const entry = files[index];
  if (entry === undefined) throw new RangeError(`there is no file ${index}`);
  const { root, file } = entry;
  return { index, root, path: file.path, whole: isWhole(entry) ? file.metadata : null };
}
