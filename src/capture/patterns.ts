import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import ignore, { type Ignore } from "ignore";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";

/** In any folder: patterns of what not to save, as in a `.gitignore`; the deepest file has the last word. */
export const IGNORE_FILE = ".holdfastignore";
/** Remains of an interrupted restore into a mount point: never part of the state. */
const RESTORE_REMAINS = ".holdfast-restore-";

/** Which entries of a folder are saved; paths are relative to the state folder, without a leading '/'. */
export interface Selection {
  /** Whether an entry, with all that is below it, is left out. */
  excludes(path: ByteString, isFolder: boolean): boolean;
  /** Whether a file is asked for; folders are always entered. */
  includes(path: ByteString): boolean;
  /** Whether only some files are asked for, so that folders without any are left out. */
  readonly isPartial: boolean;
  /** The selection below a folder, which may have an {@link IGNORE_FILE} of its own. */
  below(folder: ByteString, absolute: ByteString): Selection;
}

/** Whether an entry of a state folder, with all that is below it, can be done without. */
export type Disposable = (path: ByteString) => boolean;

/**
 * A selection by patterns in the language of `.gitignore`.
 *
 * @param exclude what to leave out; no {@link IGNORE_FILE} brings it back
 * @param include when not empty: save only files that match one of these
 * @param disposable what is left out unless an {@link IGNORE_FILE} brings it back, or `include` names it
 */
export function selectBy(
  exclude: readonly string[],
  include: readonly string[],
  disposable: Disposable | null = null,
): Selection {
  const rules = {
    exclude: exclude.length > 0 ? ignore().add(exclude) : null,
    include: include.length > 0 ? ignore().add(include) : null,
    disposable: include.length > 0 ? null : disposable,
  };
  return selection(rules, []);
}

/** Patterns and how many characters of a path come before the folder that they belong to. */
interface ScopedRules {
  readonly base: number;
  readonly rules: Ignore;
}

interface GivenRules {
  readonly exclude: Ignore | null;
  readonly include: Ignore | null;
  readonly disposable: Disposable | null;
}

/** @param scopes the ignore files on the way to a folder, the deepest first */
function selection(given: GivenRules, scopes: readonly ScopedRules[]): Selection {
  return {
    isPartial: given.include !== null,
    excludes(path, isFolder) {
      if (path.startsWith(RESTORE_REMAINS)) return true;
      const end = isFolder ? "/" : "";
      if (given.exclude?.ignores(toText(path) + end) === true) return true;
      for (const scope of scopes) {
        const verdict = judge(scope, path, end);
        if (verdict !== null) return verdict;
      }
      return given.disposable?.(path) === true;
    },
    includes: (path) => given.include?.ignores(toText(path)) ?? true,
    below(folder, absolute) {
      const patterns = readIgnoreFile(absolute);
      if (patterns === null) return this;
      const base = folder === "" ? 0 : folder.length + 1;
      return selection(given, [{ base, rules: ignore().add(patterns) }, ...scopes]);
    },
  };
}

/** Whether an ignore file leaves a path out, or brings it back; `null` when it says nothing of it. */
function judge({ base, rules }: ScopedRules, path: ByteString, end: "/" | ""): boolean | null {
  const relative = path.slice(base) as ByteString;
  const folder = relative.slice(0, Math.max(relative.lastIndexOf("/"), 0)) as ByteString;
  // It has left out this folder, and a deeper file has brought it back: that one has the word below.
  if (folder !== "" && rules.ignores(`${toText(folder)}/`)) return null;
  const { ignored, unignored } = rules.test(toText(relative) + end);
  return ignored || unignored ? ignored : null;
}

/** Never through a link, and never waiting for the other end of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** A longer one is not a list of patterns that somebody wrote. */
const MAX_IGNORE_FILE_BYTES = 1024 * 1024;

/** `null` when there is none that can be read: then it names nothing, and it is saved like any other entry. */
function readIgnoreFile(folder: ByteString): string | null {
  let fd: number;
  try {
    fd = openSync(toPath(`${folder}/${IGNORE_FILE}` as ByteString), OPEN_FLAGS);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    return stats.isFile() && stats.size <= MAX_IGNORE_FILE_BYTES ? readFileSync(fd, "utf8") : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
