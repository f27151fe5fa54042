import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { type ByteString, fromText, toPath } from "../../base/byte-string.ts";
import type { FilePlace } from "../../base/system.ts";

/** A file that no folder lists; closing it frees its room. */
export interface Scratch extends Disposable {
  readonly fd: number;
  /** The number of its file system. */
  readonly device: number;
  /** Where the next data goes. */
  endBytes: number;
  /** How much more of the disk it may take. */
  leftBytes: number;
}

/** open(2): a file without a name (not in Node's constants). */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Of what is free, so much may be taken. */
const PART_OF_FREE = 0.5;

/** A new file on the file system of a folder, whose own times stay as they are; `null` where none can be made. */
export function openScratch(folder: ByteString): Scratch | null {
  try {
    const { bavail, bsize } = statfsSync(toPath(folder));
    const fd = openNameless(folder);
    return {
      fd,
      device: fstatSync(fd).dev,
      endBytes: 0,
      leftBytes: bavail * bsize * PART_OF_FREE,
      [Symbol.dispose]: () => closeSync(fd),
    };
  } catch {
    return null;
  }
}

function openNameless(folder: ByteString): number {
  try {
    return openSync(toPath(folder), constants.O_RDWR | O_TMPFILE, 0o600);
  } catch (error) {
    if (folder !== fromText(tmpdir())) throw error;
    // Not every file system can do it (an old overlay). There, the file has a name for a moment.
    const path = `${folder}/holdfast-${randomUUID()}`;
    const fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return fd;
  }
}

/** Writes all bytes at a place. */
export function writeFully({ fd, offset }: FilePlace, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;)
    done += writeSync(fd, bytes, done, bytes.byteLength - done, offset + done);
}

/** The number of the file system that a path is on; `null` where there is none. */
export function deviceOf(path: ByteString): number | null {
  return statSync(toPath(path), { throwIfNoEntry: false })?.dev ?? null;
}
