import { type BigIntStats, ftruncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { type ByteString, fromText } from "../../base/byte-string.ts";
import { copyRange, type FilePlace, nextDataOffset } from "../../base/system.ts";
import type { HeldFile } from "../folder-view.ts";
import { isSparse, readFully } from "../read-file.ts";
import { FreezeFailure } from "./freeze-failure.ts";
import { deviceOf, openScratch, type Scratch, writeFully } from "./scratch-file.ts";

/**
 * Smaller files are collected in memory and written together, those of the pause when it is over: room for
 * new pages of a file has to be found first, and nobody knows how long that takes. What browsers change all
 * the time, logs and tables of LevelDB, is smaller.
 */
const DIRECT_BYTES = 6 * 1024 * 1024;
const BUFFER_BYTES = 16 * 1024 * 1024;
/** Copied between two looks at the clock; a hole is left out where it covers all of such a piece. */
const PIECE_BYTES = 1024 * 1024;
/** The same within the kernel, where sharing data is the faster the more it is. */
const RANGE_BYTES = 16 * 1024 * 1024;
/** File systems that can share data between files do it in blocks of this size. */
const BLOCK_BYTES = 4096;

/** A file that is still in memory. */
interface Buffered {
  readonly file: { place: FilePlace; sizeBytes: number };
  readonly start: number;
}

/**
 * Copies of files, in a file without a name: no snapshot can hold it, and nothing is left of it however
 * this process ends. It lies on the file system of the state, where data can be shared instead of copied,
 * and takes at most half of what is free there, so that the app does not run out of room. After that it
 * goes on in the folder for temporary files, under the same rule.
 */
export class Staging implements Disposable {
  /** Where there may be room, the best first. */
  readonly #folders: ByteString[];
  readonly #scratches: Scratch[] = [];
  /** Written to now, so that its memory is there before anything is stopped; zeros would come at first use. */
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES).fill(1);
  #buffered: Buffered[] = [];
  #bufferedBytes = 0;

  /** @param folder a folder of the state */
  constructor(folder: ByteString, temporary: string = tmpdir()) {
    this.#folders = [folder, fromText(temporary)];
  }

  /**
   * Copies what an open file holds. It can be read after {@link flush}.
   *
   * @param check called now and then; ends the copy by throwing
   * @throws {FreezeFailure} `no-room`; and the error of the file system when the file cannot be read
   */
  copy(fd: number, stats: BigIntStats, check: () => void): HeldFile {
    const sizeBytes = Number(stats.size);
    if (sizeBytes > DIRECT_BYTES) return this.#copyDirectly(fd, stats, check);
    if (this.#bufferedBytes + sizeBytes > BUFFER_BYTES) this.flush();
    const start = this.#bufferedBytes;
    const count = readFully(fd, this.#buffer.subarray(start, start + sizeBytes), 0);
    const file = { place: { fd: -1, offset: 0 }, sizeBytes: count };
    this.#buffered.push({ file, start });
    this.#bufferedBytes += count;
    return file;
  }

  /**
   * Writes what is still in memory.
   *
   * @throws {FreezeFailure} `no-room`
   */
  flush(): void {
    const bytes = this.#buffer.subarray(0, this.#bufferedBytes);
    const { fd, offset } = this.#place(bytes.length, bytes.length, (place) => writeFully(place, bytes));
    for (const { file, start } of this.#buffered) file.place = { fd, offset: offset + start };
    this.#buffered = [];
    this.#bufferedBytes = 0;
  }

  /**
   * As {@link flush}, when nothing is to be copied any more: its memory is needed for the rest of the save.
   *
   * @throws {FreezeFailure} `no-room`
   */
  finish(): void {
    this.flush();
    this.#buffer = Buffer.alloc(0);
  }

  [Symbol.dispose](): void {
    for (const scratch of this.#scratches.splice(0)) scratch[Symbol.dispose]();
  }

  #copyDirectly(fd: number, stats: BigIntStats, check: () => void): HeldFile {
    this.flush(); // the buffer is used below
    const sizeBytes = Number(stats.size);
    const hasHoles = isSparse(stats);
    const takenBytes = hasHoles ? Number(stats.blocks) * 512 : sizeBytes;
    let copiedBytes = 0;
    const place = this.#place(sizeBytes, takenBytes, (target) => {
      copiedBytes = hasHoles
        ? this.#copyWithHoles(fd, target, sizeBytes, check)
        : this.#copyBytes({ fd, offset: 0 }, target, sizeBytes, check);
    });
    return { place, sizeBytes: copiedBytes };
  }

  #copyWithHoles(fd: number, target: FilePlace, sizeBytes: number, check: () => void): number {
    ftruncateSync(target.fd, target.offset + sizeBytes);
    let dataOffset = -1;
    for (let position = 0; position < sizeBytes; position += PIECE_BYTES) {
      check();
      const length = Math.min(PIECE_BYTES, sizeBytes - position);
      if (dataOffset < position) dataOffset = nextDataOffset(fd, position) ?? position;
      if (dataOffset >= position + length) continue;
      const there = { fd: target.fd, offset: target.offset + position };
      this.#copyBytes({ fd, offset: position }, there, length, check);
    }
    return sizeBytes;
  }

  /** Gives how many bytes there were. */
  #copyBytes(source: FilePlace, target: FilePlace, lengthBytes: number, check: () => void): number {
    let isInKernel = true;
    for (let done = 0; done < lengthBytes;) {
      check();
      const from = { fd: source.fd, offset: source.offset + done };
      const to = { fd: target.fd, offset: target.offset + done };
      const limitBytes = Math.min(RANGE_BYTES, lengthBytes - done);
      const count: number | null = isInKernel ? copyRange(from, to, limitBytes) : null;
      isInKernel = count !== null;
      const copied = count ?? this.#copyPiece(from, to, Math.min(PIECE_BYTES, lengthBytes - done));
      if (copied === 0) return done;
      done += copied;
    }
    return lengthBytes;
  }

  #copyPiece(source: FilePlace, target: FilePlace, lengthBytes: number): number {
    const count = readFully(source.fd, this.#buffer.subarray(0, lengthBytes), source.offset);
    writeFully(target, this.#buffer.subarray(0, count));
    return count;
  }

  /** Finds room and fills it. */
  #place(sizeBytes: number, takenBytes: number, fill: (place: FilePlace) => void): FilePlace {
    for (;;) {
      const scratch = this.#scratchWithRoom(takenBytes);
      const place = { fd: scratch.fd, offset: Math.ceil(scratch.endBytes / BLOCK_BYTES) * BLOCK_BYTES };
      try {
        fill(place);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
        scratch.leftBytes = 0;
        continue;
      }
      scratch.endBytes = place.offset + sizeBytes;
      scratch.leftBytes -= takenBytes;
      return place;
    }
  }

  #scratchWithRoom(takenBytes: number): Scratch {
    for (;;) {
      const last = this.#scratches.at(-1);
      if (last !== undefined && last.leftBytes >= takenBytes) return last;
      const folder = this.#folders.shift();
      if (folder === undefined)
        throw new FreezeFailure("no-room", "there is not enough room on the disk for copies of what changed");
      // Half of what is free is the limit, and not once more half of the rest.
      const isTried = this.#scratches.some(({ device }) => device === deviceOf(folder));
      const scratch = isTried ? null : openScratch(folder);
      if (scratch !== null) this.#scratches.push(scratch);
    }
  }
}
