import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import type { LongPaths } from "../base/long-path.ts";
import type { BlobOpener } from "../repository/blob.ts";
import type { Id } from "../repository/ids.ts";
import { finishFile, type Metadata, type Stamp } from "./metadata.ts";

/** A file of a job. */
export interface JobFile {
  /** Its position among all files. */
  readonly index: number;
  readonly path: ByteString;
  /** `null` for a file that several blobs make: they are written, and {@link finishParts} does the rest. */
  readonly whole: Metadata | null;
}

/** A blob of a job, and where its content goes. */
export interface JobBlob {
  readonly id: Id;
  /** Where it starts in the job's bytes. */
  readonly start: number;
  readonly length: number;
  readonly uncompressedLength: number | null;
  /** `file` is a position in the job's files, `offset` one in that file. */
  readonly uses: readonly { readonly file: number; readonly offset: number }[];
}

/** A range of a pack and what is made of it; without blobs, empty files. Plain data. */
export interface WriteJob {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blobs: readonly JobBlob[];
  readonly files: readonly JobFile[];
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const PART_OF_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Who may look at a file before its own mode is set. */
const UNFINISHED_MODE = 0o600;
const NOTHING = Buffer.alloc(0);
const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Opens the blobs of a job, checks each against its hash, and writes what they hold.
 *
 * @returns inode and ctime of each whole file, in the order of the job's files
 * @throws {HoldfastError} `DATA_DAMAGED`, `DISK_FULL`, `PERMISSION`, `FAILED`
 */
export function writeJob(openBlob: BlobOpener, paths: LongPaths, job: WriteJob): BigInt64Array<ArrayBuffer> {
  const stamps = new BigInt64Array(job.files.length * 2);
  using parts = new PartWriter();
  const write = (position: number, content: Buffer, offset: number): void => {
    const file = job.files[position];
    if (file === undefined) return;
    try {
      const path = paths.reach(file.path);
      if (file.whole === null) return parts.write(path, content, offset);
      const { inode, ctimeNs } = writeWhole(path, content, file.whole);
      stamps[2 * position] = inode;
      stamps[2 * position + 1] = ctimeNs;
    } catch (error) {
      throw fileError(error, `could not write '${toText(file.path)}'`);
    }
  };
  for (const { id, start, length, uncompressedLength, uses } of job.blobs) {
    const content = openBlob(job.bytes.subarray(start, start + length), uncompressedLength, id);
    for (const { file, offset } of uses) write(file, content, offset);
  }
  if (job.blobs.length === 0) for (const position of job.files.keys()) write(position, NOTHING, 0);
  return stamps;
}

/**
 * Finishes a file whose parts are all written.
 *
 * @throws {HoldfastError} `DISK_FULL`, `PERMISSION`, `FAILED`
 */
export function finishParts(
  paths: LongPaths,
  path: ByteString,
  sizeBytes: number,
  metadata: Metadata,
): Stamp {
  try {
    const reached = paths.reach(path);
    const fd = openPart(reached);
    try {
      ftruncateSync(fd, sizeBytes); // where the file ends in zeros, nothing was written there
      return finishFile(fd, reached, metadata);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, `could not write '${toText(path)}'`);
  }
}

function writeWhole(path: ByteString, content: Buffer, metadata: Metadata): Stamp {
  // attributes can be set only while the owner may write
  const mode = metadata.attributes.length === 0 ? metadata.mode : UNFINISHED_MODE;
  const fd = openSync(toPath(path), NEW_FILE, mode);
  try {
    if (!isZero(content)) writeAll(fd, content, 0);
    else if (content.length > 0) ftruncateSync(fd, content.length);
    return finishFile(fd, path, metadata);
  } finally {
    closeSync(fd);
  }
}

/** Parts of a file often follow each other: the file stays open until another one comes. */
class PartWriter implements Disposable {
  #path: ByteString | null = null;
  #fd = -1;

  write(path: ByteString, content: Buffer, offset: number): void {
    if (isZero(content)) return;
    if (path !== this.#path) {
      this[Symbol.dispose]();
      this.#fd = openPart(path);
      this.#path = path;
    }
    writeAll(this.#fd, content, offset);
  }

  [Symbol.dispose](): void {
    if (this.#path !== null) closeSync(this.#fd);
    this.#path = null;
  }
}

function openPart(path: ByteString): number {
  return openSync(toPath(path), PART_OF_FILE, UNFINISHED_MODE);
}

/** Zeros are not written, so that a sparse file stays one. */
function isZero(content: Buffer): boolean {
  if (content[0] !== 0) return content.length === 0;
  for (let start = 0; start < content.length; start += ZEROS.length) {
    const part = content.subarray(start, start + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}

function writeAll(fd: number, content: Buffer, offset: number): void {
  for (let written = 0; written < content.length;) {
    written += writeSync(fd, content, written, content.length - written, offset + written);
  }
}
