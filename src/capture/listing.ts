import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type ByteString, toPath } from "../base/byte-string.ts";
import type { LongPaths } from "../base/long-path.ts";
import type { StateFolder } from "./state-paths.ts";

/** An entry of a folder, looked at. */
export interface ListedEntry {
  readonly name: ByteString;
  /** `null` when it could not be looked at; whoever needs it tries again and learns why. */
  readonly stats: BigIntStats | null;
}

/** What a folder holds, in the order of Go's strings: by bytes. */
export type Listing = readonly ListedEntry[];

/** More entries than this are not looked at ahead of time, for the memory they take: about 15 MiB. */
const MAX_ENTRIES = 20_000;
/** Other work gets its turn after so long. */
const SLICE_MS = 4;

/**
 * Lists a folder.
 *
 * @throws the error of readdir(3)
 */
export function listFolder(folder: ByteString, longPaths: LongPaths): Listing {
  const names = readdirSync(toPath(longPaths.reach(folder)), "latin1").sort() as ByteString[];
  return names.map((name) => ({ name, stats: look(longPaths.reach(join(folder, name))) }));
}

function look(path: ByteString): BigIntStats | null {
  try {
    return lstatSync(toPath(path), { bigint: true });
  } catch {
    return null;
  }
}

/**
 * Folders listed ahead of time, while the keys are derived and this thread has nothing else to do:
 * a fifth of a save in which nothing changed. What was not reached is listed when it is needed. A file
 * that changes after it was looked at here is noticed when it is read, or by the next save.
 */
export class AheadListings {
  readonly #listings = new Map<ByteString, Listing>();
  readonly #longPaths: LongPaths;
  #isWanted = true;

  constructor(longPaths: LongPaths) {
    this.#longPaths = longPaths;
  }

  /** Lists folders and what is below them, in slices, until {@link stop}. Never throws. */
  async start(folders: readonly StateFolder[]): Promise<void> {
    const queue = folders.map(({ real }) => real);
    let entries = 0;
    let sliceEndsMs = performance.now() + SLICE_MS;
    for (let folder = queue.pop(); folder !== undefined && entries < MAX_ENTRIES; folder = queue.pop()) {
      entries += this.#list(folder, queue);
      if (performance.now() < sliceEndsMs) continue;
      await setImmediate();
      if (!this.#isWanted) return;
      sliceEndsMs = performance.now() + SLICE_MS;
    }
  }

  /** Ends the work; what was listed stays. */
  stop(): void {
    this.#isWanted = false;
  }

  /** The listing of a folder, as often as wanted until it is taken; `null` when it was not reached. */
  peek(folder: ByteString): Listing | null {
    return this.#listings.get(folder) ?? null;
  }

  /** The listing of a folder, once; `null` when it was not reached. */
  take(folder: ByteString): Listing | null {
    const listing = this.#listings.get(folder) ?? null;
    this.#listings.delete(folder);
    return listing;
  }

  #list(folder: ByteString, queue: ByteString[]): number {
    try {
      const listing = listFolder(folder, this.#longPaths);
      this.#listings.set(folder, listing);
      for (const { name, stats } of listing)
        if (stats?.isDirectory() === true) queue.push(join(folder, name));
      return listing.length;
    } catch {
      // Listed again when it is its turn, and reported then.
      return 0;
    }
  }
}

/** A path below a folder; '' stands for the root of relative paths. */
export function join(folder: ByteString, name: ByteString): ByteString {
  return (folder === "" ? name : folder === "/" ? `/${name}` : `${folder}/${name}`) as ByteString;
}
