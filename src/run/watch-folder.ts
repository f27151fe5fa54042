import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Event, SubscribeCallback } from "@parcel/watcher";
import { delay } from "./delay.ts";

/** What a watch tells. */
export interface WatchListener {
  /** Something below the folder may have changed. @param paths of what the system told of; none when it is not known */
  readonly onChange: (paths: readonly string[]) => void;
  /** From now on nothing is told any more. */
  readonly onLoss: () => void;
}

/** So many changes at once may have been too many for the queue of the kernel, which then drops some. */
const MANY_EVENTS = 1000;
/** Left to itself, the watcher starts a shell to look for a program that could do its work. */
const BACKEND = process.platform === "linux" ? ({ backend: "inotify" } as const) : {};
/** Between two renewals, at least; and so many times as long as one takes, so that they cost at most 5 %. */
const SPACING_MS = 250;
const SPACING_FACTOR = 20;

/**
 * Tells of changes below a folder, those in folders that are made or moved there later included. Ended by an
 * `await using`.
 *
 * The watcher begins to watch a new folder when it hears of it, and misses what was made inside before
 * (inotify(7), "Limitations and caveats"). So it is started anew after each new folder, and only
 * relied on when the folders were the same before and after it looked.
 *
 * @throws {Error} when changes cannot be told: too many folders, a file system that does not tell, no build
 *   of the watcher for this machine
 */
export async function watchFolder(folder: string, listener: WatchListener): Promise<AsyncDisposable> {
  // loaded late: the app is started first
  const { default: watcher } = await import("@parcel/watcher");
  const ending = new AbortController();
  const { signal } = ending;
  let isStale = false;
  let renewal: Promise<void> | null = null;

  /** A folder that replaces another is an update to the watcher. */
  const look = async (events: readonly Event[]): Promise<void> => {
    const left = events.filter(({ type }) => type !== "delete").map(({ path }) => path);
    if (events.length >= MANY_EVENTS || (await hasFolder(left))) renewSoon();
  };

  const tell: SubscribeCallback = (error, events) => {
    if (signal.aborted) return;
    if (error !== null) {
      listener.onLoss();
      return;
    }
    listener.onChange(events.map(({ path }) => path));
    void look(events);
  };

  let current: { unsubscribe(): Promise<void> } | null = null;
  /** Watches all folders that there are; what changes meanwhile may not be told. */
  const renew = async (): Promise<void> => {
    for (let before = await foldersBelow(folder); ;) {
      await current?.unsubscribe();
      current = null;
      current = await watcher.subscribe(folder, tell, BACKEND);
      const after = await foldersBelow(folder);
      if (after === before || signal.aborted) return;
      before = after;
      await delay(SPACING_MS, signal);
    }
  };

  const renewAll = async (): Promise<void> => {
    while (isStale && !signal.aborted) {
      isStale = false;
      const beganAt = performance.now();
      await renew();
      listener.onChange([]);
      await delay(Math.max(SPACING_MS, SPACING_FACTOR * (performance.now() - beganAt)), signal);
    }
  };

  const renewSoon = (): void => {
    isStale = true;
    renewal ??= renewAll()
      .catch(() => {
        if (!signal.aborted) listener.onLoss();
      })
      .finally(() => {
        renewal = null;
      });
  };

  await renew();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await renewal;
      await current?.unsubscribe();
    },
  };
}

/** Whether one of the paths is a folder. */
async function hasFolder(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const found = await lstat(path).catch(() => null); // gone again
    if (found?.isDirectory() === true) return true;
  }
  return false;
}

/** The folders below a folder, as a text that is another one when they are others. */
async function foldersBelow(folder: string): Promise<string> {
  const found: string[] = [];
  const open = [folder];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    found.push(path);
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []); // gone again, or not for us
    for (const entry of entries) if (entry.isDirectory()) open.push(join(path, entry.name));
  }
  return found.sort().join("\0");
}
