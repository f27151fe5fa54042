import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { HoldfastError } from "../../base/errors.ts";

/** A place for a new profile. */
export interface FreshFolder {
  /** As `--profile` takes it. */
  readonly name: string;
  /** Absolute; nothing is there, or an empty folder. */
  readonly path: string;
}

/**
 * Where a new profile can be made: below the (only) state folder, unless its path is absolute.
 *
 * @throws {HoldfastError} `CONFIG` when the state folder is not clear or the path leads out of it,
 *   `TARGET_NOT_EMPTY` when something is there
 */
export function freshFolder(state: readonly string[], name: string): FreshFolder {
  const [folder, ...others] = state;
  if (!isAbsolute(name) && (folder === undefined || others.length > 0)) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "there are several state folders in which a new profile could be made",
      hint: "name the whole path with --profile",
    });
  }
  const path = isAbsolute(name) ? resolve(name) : placeBelow(folder ?? "", name);
  if (entriesOf(path).length === 0) return { name, path };
  throw new HoldfastError({
    code: "TARGET_NOT_EMPTY",
    message: `there is something in ${path} already`,
    hint: "leave out --fresh to import into the profile that is there, or name another folder with --profile",
  });
}

/**
 * A path below a folder, with no link on the way that leads out of it.
 *
 * @param name '/'-separated; may come from a snapshot
 * @throws {HoldfastError} `UNSAFE_PATH` when it leads out of the folder
 */
export function placeBelow(folder: string, name: string): string {
  const root = realOf(resolve(folder));
  const path = join(root, name);
  const real = realOf(path);
  const isSafe = !isAbsolute(name) && !name.includes("\0") && (real === root || real.startsWith(`${root}/`));
  if (isSafe && !name.split("/").includes("..")) return path;
  throw new HoldfastError({
    code: "UNSAFE_PATH",
    message: `the profile '${name}' is not in the folder ${folder}`,
    hint: "name a folder below the state folder",
  });
}

/** Without symbolic links, as far as the path exists; '' where a link leads nowhere yet. */
function realOf(path: string): string {
  if (path.includes("\0")) return path;
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    if (parent === path || isLink(path)) return parent === path ? path : "";
    return join(realOf(parent), path.slice(parent.length));
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
