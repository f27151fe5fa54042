import { toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { listOpenFiles, processName } from "../base/open-files.ts";
import { isInUse } from "../browser/databases/in-use.ts";
import { findProfiles } from "../browser/find-profiles.ts";
import { inspectTarget } from "../restore/target.ts";

/** A process that had files of replaced folders open: it goes on with files that nobody else can see. */
export interface HolderInfo {
  readonly pid: number;
  /** What it calls itself. */
  readonly name: string;
}

/** What the kernel adds to the path of a file that is no part of any folder any more. */
const DELETED = " (deleted)";

/**
 * Looks who uses folders that are about to be replaced. A browser would write what it has in memory into the
 * new profile, or lose it: it must not run. Nothing is looked at where there is nothing to replace, and
 * nobody is found where that cannot be told.
 *
 * @param targets paths of the folders
 * @throws {HoldfastError} `PROFILE_IN_USE`
 */
export async function inspectUse(targets: readonly string[]): Promise<readonly HolderInfo[]> {
  const occupied = targets.map(inspectTarget).filter(({ state }) => state === "occupied");
  if (occupied.length === 0) return [];
  const folders = occupied.map(({ path }) => toText(path));
  const processes = await listOpenFiles();
  for (const folder of folders) {
    for (const { path } of await findProfiles(folder)) {
      if (await isInUse(path, processes)) throw inUse(path);
    }
  }
  const isInside = (path: string): boolean =>
    !path.endsWith(DELETED) && folders.some((folder) => path.startsWith(`${folder}/`));
  const holders = (processes ?? []).filter(({ paths }) => paths?.some(isInside) === true);
  return await Promise.all(holders.map(async ({ pid }) => ({ pid, name: await processName(pid) })));
}

function inUse(path: string): HoldfastError {
  return new HoldfastError({
    code: "PROFILE_IN_USE",
    message: `a running browser uses '${path}'`,
    hint: "stop the app first, or restore to another place with --to",
  });
}
