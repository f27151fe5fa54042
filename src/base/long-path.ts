import { closeSync, constants, openSync } from "node:fs";
import { type ByteString, toPath } from "./byte-string.ts";

/** The longest path that Linux takes, without the NUL at its end (`PATH_MAX`). */
const MAX_PATH_BYTES = 4095;

/** Long paths are cut near the multiples of this, so that neighbours share the folder they start from. */
const STEP_BYTES = 3000;

/** Folders held open at the same time. */
const MAX_ANCHORS = 32;

/** A handle that only names a folder: needs no right to read it (open(2), `O_PATH`; not in Node's constants). */
const O_PATH = 0o10000000;

/**
 * Ways to paths that are longer than the system takes: folders on the way are held open and named by
 * `/proc/self/fd/…`. Elsewhere than on Linux, and for shorter paths, a path stays as it is.
 *
 * @example
 * ```ts
 * using paths = new LongPaths();
 * lstatSync(toPath(paths.reach(path)));
 * ```
 */
export class LongPaths implements Disposable {
  /** File descriptors by the path of their folder; the one used last is last. */
  readonly #anchors = new Map<ByteString, number>();

  /**
   * The same place by a path that the system takes. To be used at once: the folder it starts from is
   * held only until some thirty others were needed.
   *
   * @throws the error of `open`, with `code` as `node:fs` gives it, when a folder on the way is not there
   */
  reach(path: ByteString): ByteString {
    if (path.length <= MAX_PATH_BYTES || process.platform !== "linux") return path;
    const cut = path.lastIndexOf("/", Math.floor((path.length - 1) / STEP_BYTES) * STEP_BYTES);
    const anchor = this.#anchor(path.slice(0, cut) as ByteString);
    return `/proc/self/fd/${anchor}${path.slice(cut)}` as ByteString;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#anchors.values()) closeSync(fd);
    this.#anchors.clear();
  }

  #anchor(folder: ByteString): number {
    const known = this.#anchors.get(folder);
    const fd = known ?? openSync(toPath(this.reach(folder)), O_PATH | constants.O_DIRECTORY);
    this.#anchors.delete(folder);
    this.#anchors.set(folder, fd);
    this.#forgetOldest();
    return fd;
  }

  #forgetOldest(): void {
    for (const [folder, fd] of this.#anchors) {
      if (this.#anchors.size <= MAX_ANCHORS) return;
      closeSync(fd);
      this.#anchors.delete(folder);
    }
  }
}
