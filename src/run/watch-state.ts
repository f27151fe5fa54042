import { delay } from "./delay.ts";
import { BASE_FILE } from "../operations/base-record.ts";
import { watchFolder } from "./watch-folder.ts";

/** Watches for changes in folders; ended by an `await using`. */
export interface StateWatch extends AsyncDisposable {
  /** `watching`: changes are told as they happen; `asking`: they may have happened, and a save has to look. */
  readonly kind: "watching" | "asking";
}

/**
 * Calls `onChange` when something below the folders may have changed, through inotify. Where that cannot
 * be had (too many folders, a file system that does not tell, no build of the watcher for this machine), it
 * is called once per interval, and the save that follows finds out by looking.
 *
 * @param folders have to exist
 * @param intervalMs between two calls where nothing is told
 */
export async function watchState(
  folders: readonly string[],
  intervalMs: number,
  onChange: () => void,
): Promise<StateWatch> {
  const watches: AsyncDisposable[] = [];
  let isLost = false;
  const asking = new AbortController();
  const ask = async (): Promise<void> => {
    while (!asking.signal.aborted) {
      onChange();
      await delay(intervalMs, asking.signal);
    }
  };
  const onEvents = (paths: readonly string[]): void => {
    if (paths.length === 0 || paths.some((path) => !path.endsWith(`/${BASE_FILE}`))) onChange();
  };
  const end = async (): Promise<void> => {
    asking.abort();
    await Promise.all(watches.splice(0).map((watch) => watch[Symbol.asyncDispose]()));
  };
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    void ask();
  };
  try {
    for (const folder of folders)
      watches.push(await watchFolder(folder, { onChange: onEvents, onLoss: lose }));
  } catch {
    await Promise.all(watches.splice(0).map((watch) => watch[Symbol.asyncDispose]()));
    lose();
  }
  return { kind: isLost ? "asking" : "watching", [Symbol.asyncDispose]: end };
}
