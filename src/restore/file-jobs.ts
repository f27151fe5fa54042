import type { NeededBlob } from "./file-contents.ts";
import { metadataOf } from "./metadata.ts";
import type { PackRead } from "./pack-reads.ts";
import type { PlannedEntry } from "./plan.ts";
import type { JobBlob, JobFile, WriteJob } from "./write-job.ts";

const EMPTY_FILES_PER_JOB = 500;

/** Whether one blob, or none, is the whole file, so that one job makes it. */
export function isWhole({ node }: PlannedEntry): boolean {
  return (node.content?.length ?? 0) <= 1;
}

/** What is to be made of one range of a pack. */
export function jobOf(
  files: readonly PlannedEntry[],
  read: PackRead<NeededBlob>,
  bytes: Uint8Array,
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
export function emptyFileJobs(files: readonly PlannedEntry[]): WriteJob[] {
  const empty = [...files.keys()].filter((index) => (files[index]?.node.content?.length ?? 0) === 0);
  const jobs: WriteJob[] = [];
  for (let start = 0; start < empty.length; start += EMPTY_FILES_PER_JOB) {
    const part = empty.slice(start, start + EMPTY_FILES_PER_JOB);
    jobs.push({ bytes: new Uint8Array(), blobs: [], files: part.map((index) => jobFileOf(files, index)) });
  }
  return jobs;
}

function jobFileOf(files: readonly PlannedEntry[], index: number): JobFile {
  const file = files[index];
  if (file === undefined) throw new RangeError(`there is no file ${index}`);
  return { index, path: file.path, whole: isWhole(file) ? metadataOf(file.node) : null };
}
