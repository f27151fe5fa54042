import { HoldfastError } from "../../base/errors.ts";
import type { NewFile } from "../store.ts";
import type { WebdavClient } from "./client.ts";

/** How many entries the folders had when they were last listed. */
export type EntryCounts = ReadonlyMap<string, number>;

/** Below what is listed: entries that writers which cannot see each other may add. */
const MARGIN = 50;
/** For the last folder of a batch: whoever tidies up writes a new index there before it removes old ones. */
const LAST_MARGIN = 5;

/**
 * Keeps folders small enough to be listed whole, where a provider lists only so many entries.
 *
 * @throws {HoldfastError} `DISK_FULL`
 */
export function checkRoom(
  { quirks, host }: WebdavClient,
  counts: EntryCounts,
  files: readonly NewFile[],
): void {
  const most = quirks.entriesAListing;
  const last = files.at(-1);
  if (most === null || last === undefined) return;
  for (const { name } of files) {
    const folder = folderOf(name);
    const margin = folder === folderOf(last.name) ? LAST_MARGIN : MARGIN;
    const count = counts.get(folder) ?? 0;
    if (count <= most - margin) continue;
    throw new HoldfastError({
      code: "DISK_FULL",
      message: `the folder ${folder}/ holds ${count} files, and ${host} lists no more than ${most}`,
      hint: "remove old snapshots, and what only they need, with: holdfast forget --keep-last 50 --prune",
    });
  }
}

/** The folder of a name; '' for the top. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf("/"), 0));
}
