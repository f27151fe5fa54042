import { readFileSync } from "node:fs";
import ignore, { type Ignore } from "ignore";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";

/** In any folder: patterns of what not to save, as in a `.gitignore`. */
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

/**
 * A selection by patterns in the language of `.gitignore`.
 *
 * @param exclude what to leave out
 * @param include when not empty: save only files that match one of these
 */
export function selectBy(exclude: readonly string[], include: readonly string[]): Selection {
  const rules = exclude.length > 0 ? [{ base: 0, rules: ignore().add(exclude) }] : [];
  return selection(rules, include.length > 0 ? ignore().add(include) : null);
}

/** Patterns and how many characters of a path come before the folder that they belong to. */
interface ScopedRules {
  readonly base: number;
  readonly rules: Ignore;
}

function selection(scopes: readonly ScopedRules[], include: Ignore | null): Selection {
  return {
    isPartial: include !== null,
    excludes(path, isFolder) {
      if (path.startsWith(RESTORE_REMAINS)) return true;
      const matches = ({ base, rules }: ScopedRules): boolean =>
        rules.ignores(toText(path.slice(base) as ByteString) + (isFolder ? "/" : ""));
      return scopes.some(matches);
    },
    includes: (path) => include === null || include.ignores(toText(path)),
    below(folder, absolute) {
      const patterns = readIgnoreFile(absolute);
      if (patterns === null) return this;
      const base = folder === "" ? 0 : folder.length + 1;
      return selection([...scopes, { base, rules: ignore().add(patterns) }], include);
    },
  };
}

function readIgnoreFile(folder: ByteString): string | null {
  try {
    return readFileSync(toPath(`${folder}/${IGNORE_FILE}` as ByteString), "utf8");
  } catch {
    // None, or not a file that can be read: then it names nothing, and it is saved like any other.
    return null;
  }
}
