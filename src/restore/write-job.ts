import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import type { HoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import type { LongPaths } from "../base/long-path.ts";
import type { BlobOpener } from "../repository/blob.ts";
import type { Id } from "../repository/ids.ts";
import { finishFile, type Metadata, type Stamp } from "./metadata.ts";

/** Where a file is made. */
export interface FilePlace {
  /** Absolute. */
  readonly root: ByteString;
  /** Relative to the root, '' for the root itself. */
  readonly path: ByteString;
}

/** A file of a job. */
export interface JobFile extends FilePlace {
  /** Its position among all files. */
  readonly index: number;
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
const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Opens the blobs of a job, checks each against its hash, and writes what they hold.
 *
 * @returns inode and ctime of each whole file, in the order of the job's files
 * @throws {HoldfastError} `DATA_DAMAGED`, `DISK_FULL`, `PERMISSION`, `FAILED`
 */
export function writeJob(openBlob: BlobOpener, paths: LongPaths, job: WriteJob): BigInt64Array<ArrayBuffer> {
  const stamps = new BigInt64Array(job.files.length * 2);
  using parts = new PartWriter(paths);
  const write = (position: number, content: Content, offset: number): void => {
    const file = job.files[position];
    if (file === undefined) return;
    try {
      if (file.whole === null) return parts.write(file, content, offset);
      const { inode, ctimeNs } = writeWhole(paths.reach(absolute(file)), content, file.whole);
      stamps[2 * position] = inode;
      stamps[2 * position + 1] = ctimeNs;
    } catch (error) {
      throw notWritten(file, error);
    }
  };
  for (const { id, start, length, uncompressedLength, uses } of job.blobs) {
    const content = contentOf(openBlob(job.bytes.subarray(start, start + length), uncompressedLength, id));
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
export function finishParts(paths: LongPaths, file: FilePlace, sizeBytes: number, metadata: Metadata): Stamp {
  try {
    const path = paths.reach(absolute(file));
    const fd = openPart(path);
    try {
      ftruncateSync(fd, sizeBytes); // where the file ends in zeros, nothing was written there
      return finishFile(fd, path, metadata);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw notWritten(file, error);
  }
}

/** What a blob holds. Zeros are not written, so that a sparse file stays one. */
interface Content {
  readonly bytes: Buffer;
  readonly isZero: boolean;
}

const NOTHING: Content = { bytes: Buffer.alloc(0), isZero: true };

function contentOf(bytes: Buffer): Content {
  return { bytes, isZero: isZero(bytes) };
}

function isZero(bytes: Buffer): boolean {
  if (bytes[0] !== 0) return bytes.length === 0;
  for (let start = 0; start < bytes.length; start += ZEROS.length) {
    const part = bytes.subarray(start, start + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}

function writeWhole(path: ByteString, { bytes, isZero: isHole }: Content, metadata: Metadata): Stamp {
  // attributes can be set only while the owner may write
  const mode = metadata.attributes.length === 0 ? metadata.mode : UNFINISHED_MODE;
  const fd = openSync(toPath(path), NEW_FILE, mode);
  try {
    if (!isHole) writeAll(fd, bytes, 0);
    else if (bytes.length > 0) ftruncateSync(fd, bytes.length);
    return finishFile(fd, path, metadata);
  } finally {
    closeSync(fd);
  }
}

/** Parts of a file often follow each other: the file stays open until another one comes. */
class PartWriter implements Disposable {
  readonly #paths: LongPaths;
  #index: number | null = null;
  #fd = -1;

  constructor(paths: LongPaths) {
    this.#paths = paths;
  }

  write(file: JobFile, content: Content, offset: number): void {
    if (content.isZero) return;
    if (file.index !== this.#index) {
      this[Symbol.dispose]();
      this.#fd = openPart(this.#paths.reach(absolute(file)));
      this.#index = file.index;
    }
    writeAll(this.#fd, content.bytes, offset);
  }

  [Symbol.dispose](): void {
    if (this.#index !== null) closeSync(this.#fd);
    this.#index = null;
  }
}

function openPart(path: ByteString): number {
  return openSync(toPath(path), PART_OF_FILE, UNFINISHED_MODE);
}

function writeAll(fd: number, bytes: Buffer, offset: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(fd, bytes, written, bytes.length - written, offset + written);
  }
}

function absolute({ root, path }: FilePlace): ByteString {
  return joinPath(root, path);
}

function notWritten({ root, path }: FilePlace, error: unknown): HoldfastError {
  return fileError(error, `could not write '${toText(path === "" ? root : path)}'`);
}
