import { readFile, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { HoldfastError } from "../../base/errors.ts";
import { isRemote, mountOf, readMounts, realPathOf } from "../../base/mounts.ts";
import { systemCodeOf } from "./errors.ts";
import { discard } from "./temporary.ts";

const MAX_LOOKS = 10;
const QUICK_LOOKS = 4;

/** A file that has its own name since a moment ago. */
export interface PublishedFile {
  readonly name: string;
  readonly target: string;
  readonly bytes: Uint8Array;
}

/**
 * Whether a folder is on a FUSE or network mount. There, neither a flush nor a rename says that files
 * arrived: they have to be read back before they count as written.
 */
export async function isRemoteFolder(folder: string): Promise<boolean> {
  const mount = mountOf(await readMounts(), await realPathOf(folder));
  return mount !== null && isRemote(mount);
}

/**
 * Compares a file that was just published with what it should hold. One that is damaged is taken away:
 * under its name nobody may find anything else. One that another writer has put in its place is not.
 *
 * @param inode of the file before it was published
 * @throws {HoldfastError} `STORE_UNREACHABLE` when it is damaged or not there
 */
export async function readBack(file: PublishedFile, inode: bigint): Promise<void> {
  const { name, target, bytes } = file;
  try {
    const found = await whenSettled(() => readFile(target));
    if (Buffer.compare(found, bytes) === 0 || (await inodeOf(target)) !== inode) return;
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
    throw notWritten(name, "is not there", error);
  }
  await discard(target);
  throw notWritten(name, "came back different");
}

/** What identifies a file, as long as the mount keeps it. */
export async function inodeOf(path: string): Promise<bigint> {
  return (await stat(path, { bigint: true })).ino;
}

/**
 * Looks again when a file seems missing: on a FUSE mount it does, while another one takes its place. The first
 * looks come at once, the last ones a tenth of a second later in all: whoever replaces it may be held up.
 */
export async function whenSettled<Result>(look: () => Promise<Result>): Promise<Result> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await look();
    } catch (error) {
      if (systemCodeOf(error) !== "ENOENT" || looks === MAX_LOOKS) throw error;
      if (looks >= QUICK_LOOKS) await setTimeout(2 ** (looks - QUICK_LOOKS));
    }
  }
}

function notWritten(name: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: `${name} was written, but ${what}`,
    hint: "look at the disk or the mount that holds the store",
    cause,
  });
}
