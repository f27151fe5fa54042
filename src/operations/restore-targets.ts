import { basename, join, resolve } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import type { FolderToRestore } from "../restore/restore-folders.ts";
import type { SavedFolder } from "./saved-folders.ts";

/**
 * Decides where each saved folder goes.
 *
 * To a folder of the user's choice: a single one becomes that folder, several become folders in it.
 * Else to the state folder of the same path; a single one to a single state folder, whatever their
 * paths; several to the state folders of the same names.
 *
 * @param state paths of the state folders
 * @param to the folder of the user's choice, or `null`
 * @throws {HoldfastError} `CONFIG` when a saved folder has no place
 */
export function chooseTargets(
  folders: readonly SavedFolder[],
  state: readonly string[],
  to: string | null,
): FolderToRestore[] {
  const target = to === null ? stateTarget(folders, state) : freeTarget(folders, to);
  return folders.map((folder) => ({ node: folder.node, target: target(folder) }));
}

function freeTarget(folders: readonly SavedFolder[], to: string): (folder: SavedFolder) => string {
  if (folders.length === 1) return () => to;
  const names = new Set(folders.map(({ path }) => basename(path)));
  // folders of the same name keep their whole paths
  return ({ path }) => join(to, names.size === folders.length ? basename(path) : path);
}

function stateTarget(
  folders: readonly SavedFolder[],
  state: readonly string[],
): (folder: SavedFolder) => string {
  const byPath = new Map(state.map((folder) => [resolve(folder), folder]));
  return ({ path }) => {
    const same = byPath.get(path);
    if (same !== undefined) return same;
    const isOneToOne = folders.length === 1 && state.length === 1;
    const [only, ...others] = isOneToOne ? state : state.filter((folder) => isNamed(folder, path));
    const isShared = folders.filter((folder) => basename(folder.path) === basename(path)).length > 1;
    if (only !== undefined && others.length === 0 && !isShared && !isTaken(folders, only)) return only;
    throw new HoldfastError({
      code: "CONFIG",
      message: `the snapshot holds ${path}, which is none of the state folders`,
      hint: "restore it to a place of your choice with --to",
    });
  };
}

function isNamed(folder: string, path: string): boolean {
  return basename(resolve(folder)) === basename(path);
}

/** Whether a saved folder has this very path, and so the first claim to it. */
function isTaken(folders: readonly SavedFolder[], folder: string): boolean {
  return folders.some(({ path }) => path === resolve(folder));
}
