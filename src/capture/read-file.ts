import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type ByteString, toPath } from "../base/byte-string.ts";
import {
  type ExtendedAttribute,
  type FilePlace,
  listExtendedAttributes,
  mayHaveExtendedAttributes,
  nextDataOffset,
} from "../base/system.ts";
import type { BlobWriter } from "../repository/blob-writer.ts";
import type { Id } from "../repository/ids.ts";
import { type Cut, cutFor, MAX_CHUNK_BYTES } from "./chunker.ts";
import type { HeldFile } from "./folder-view.ts";

/** A file as it was read. */
export interface ReadFile {
  readonly content: readonly Id[];
  /** Bytes of content, holes included. */
  readonly sizeBytes: number;
  /** Bytes that were really read from the disk. */
  readonly readBytes: number;
  /** What the file looked like right before it was read for the last time. */
  readonly stats: BigIntStats;
  readonly extendedAttributes: readonly ExtendedAttribute[];
  /** It changed during each of the attempts; the content is a mixture of moments. */
  readonly unsteady: boolean;
}

const ATTEMPTS = 3;
const BUFFER_BYTES = 2 * MAX_CHUNK_BYTES;
/** Never through a link, and never waiting for a writer should the file have become a pipe. */
export const OPEN_FLAGS: number = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The content of a file, read once. */
type Content = Pick<ReadFile, "content" | "sizeBytes" | "readBytes">;

/** Reads files into a repository, with one buffer for all of them. */
export class FileReader {
  readonly #writer: BlobWriter;
  readonly #byContent: Cut;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #zeroChunk: Id | null = null;

  constructor(writer: BlobWriter, byContent: Cut) {
    this.#writer = writer;
    this.#byContent = byContent;
  }

  /**
   * Adds a file's content to the repository. A file that changes meanwhile is read again, at most
   * three times in all.
   *
   * @param stats what the file looked like when it was found
   * @throws the error of the file system; `null` instead of a result when it is no regular file (any more)
   */
  async read(path: ByteString, stats: BigIntStats): Promise<ReadFile | null> {
    const fd = openSync(toPath(path), OPEN_FLAGS);
    try {
      let readBytes = 0;
      for (let attempt = 1; ; attempt += 1) {
        const once = isSparse(stats)
          ? await this.#readSparse({ fd, offset: 0 }, Number(stats.size))
          : await this.#readWhole({ fd, offset: 0 }, Number(stats.size));
        readBytes += once.readBytes;
        const after = fstatSync(fd, { bigint: true });
        if (!after.isFile()) return null;
        const steady = isSame(stats, after);
        if (steady || attempt === ATTEMPTS) {
          const extendedAttributes = attributesOf(fd, path);
          return { ...once, readBytes, stats, extendedAttributes, unsteady: !steady };
        }
        stats = after;
      }
    } catch (error) {
      // A pipe or folder that has taken the file's place since it was found cannot be read like a file.
      if (!fstatSync(fd).isFile()) return null;
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Adds the content of a file from its copy, cut as the file itself would be. */
  readHeld({ place, sizeBytes }: HeldFile, stats: BigIntStats): Promise<Content> {
    return isSparse(stats) ? this.#readSparse(place, sizeBytes) : this.#readWhole(place, sizeBytes);
  }

  /** Reads as many bytes as the file had when it was looked at; if it grows, it is read again. */
  async #readWhole({ fd, offset }: FilePlace, sizeBytes: number): Promise<Content> {
    const content: Id[] = [];
    let position = 0;
    let start = 0;
    let end = readFully(fd, this.#buffer.subarray(0, sizeBytes), offset);
    const cut = cutFor(this.#buffer.subarray(0, end), this.#byContent);
    while (end > start) {
      const length = cut(this.#buffer.subarray(start, end), position);
      content.push(this.#writer.add("data", this.#buffer.subarray(start, start + length)));
      start += length;
      position += length;
      const rest = end - start;
      // A cut may only be looked for where the longest chunk, or the end of the file, can be seen.
      if (rest >= MAX_CHUNK_BYTES || position + rest >= sizeBytes) continue;
      this.#buffer.copyWithin(0, start, end);
      if (this.#writer.full) await this.#writer.settle();
      const room = this.#buffer.subarray(rest, Math.min(BUFFER_BYTES, sizeBytes - position));
      start = 0;
      end = rest + readFully(fd, room, offset + position + rest);
      if (end === rest) sizeBytes = position + rest;
    }
    return { content, sizeBytes: position, readBytes: position };
  }

  /** A file with holes: cut into pieces of equal size, and pieces that are all hole are not read. */
  async #readSparse({ fd, offset }: FilePlace, sizeBytes: number): Promise<Content> {
    const content: Id[] = [];
    let readBytes = 0;
    let dataOffset = -1;
    for (let position = 0; position < sizeBytes; position += MAX_CHUNK_BYTES) {
      const length = Math.min(MAX_CHUNK_BYTES, sizeBytes - position);
      const start = offset + position;
      if (dataOffset < start) dataOffset = nextDataOffset(fd, start) ?? start;
      const isHole = dataOffset >= start + length;
      if (!isHole) readBytes += length;
      content.push(isHole ? this.#addZeros(length) : this.#addPiece(fd, start, length));
      if (this.#writer.full) await this.#writer.settle();
    }
    return { content, sizeBytes, readBytes };
  }

  #addPiece(fd: number, position: number, length: number): Id {
    const piece = this.#buffer.subarray(0, length);
    // Should the file have become shorter, zeros stand for what is gone, and it is read again.
    piece.fill(0, readFully(fd, piece, position));
    return this.#writer.add("data", piece);
  }

  #addZeros(length: number): Id {
    if (length !== MAX_CHUNK_BYTES) return this.#writer.add("data", Buffer.alloc(length));
    this.#zeroChunk ??= this.#writer.add("data", Buffer.alloc(length));
    return this.#zeroChunk;
  }
}

/**
 * The attributes of a file that is open.
 *
 * @param path the way to it
 * @throws the error of the system call
 */
export function attributesOf(fd: number, path: ByteString): readonly ExtendedAttribute[] {
  return mayHaveExtendedAttributes(fd) ? listExtendedAttributes(path) : [];
}

/** Reads from `position` until the buffer is full or the file ends; gives how many bytes. */
export function readFully(fd: number, buffer: Buffer, position: number): number {
  let end = 0;
  while (end < buffer.byteLength) {
    const count = readSync(fd, buffer, end, buffer.byteLength - end, position + end);
    if (count === 0) break;
    end += count;
  }
  return end;
}

/**
 * Whether a file has holes that are worth looking for. `st_blocks` counts units of 512 bytes, whatever the
 * file system's own are (stat(2)).
 */
export function isSparse(stats: Pick<BigIntStats, "size" | "blocks">): boolean {
  return stats.size > BigInt(MAX_CHUNK_BYTES) && stats.blocks * 512n < stats.size;
}

/** Whether two looks at an entry show the same: then nothing has changed in between, but for the clock's tick. */
export function isSame(before: BigIntStats, after: BigIntStats): boolean {
  const isSameFile = before.ino === after.ino && before.dev === after.dev;
  return (
    isSameFile &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  );
}
