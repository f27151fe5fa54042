import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromText } from "../base/byte-string.ts";
import { setTimes } from "../base/system.ts";

/**
 * A file in a state folder that says which snapshot its content descends from. It is no part of the
 * state, and goes where the state goes: to another machine's disk, or away with it.
 */
export const BASE_FILE = ".holdfast-base";

/** Which snapshot a state descends from: restored from it, or saved as it. */
export interface Base {
  /** Id of the repository. */
  readonly repository: string;
  /** Id of the snapshot. */
  readonly snapshot: string;
}

/**
 * What a state descends from, by the records in its folders.
 *
 * @returns `null` when they do not agree, or one of them says nothing
 */
export function readBase(state: readonly string[]): Base | null {
  const [first = null, ...others] = state.map(readRecord);
  if (first === null) return null;
  const agrees = (other: Base | null): boolean =>
    other?.repository === first.repository && other.snapshot === first.snapshot;
  return others.every(agrees) ? first : null;
}

/**
 * Says in each folder of a state what it descends from. The folders keep their times, which belong to
 * the state. A record that cannot be written is left out: then the state counts as of unknown descent.
 */
export function writeBase(state: readonly string[], base: Base): void {
  for (const folder of state) {
    const known = readRecord(folder);
    if (known?.repository === base.repository && known.snapshot === base.snapshot) continue;
    try {
      const path = join(folder, BASE_FILE);
      const { atimeNs, mtimeNs } = statSync(folder, { bigint: true });
      writeFileSync(path, `${JSON.stringify(base)}\n`, { mode: 0o600 });
      setTimes(fromText(folder), atimeNs, mtimeNs);
    } catch {
      // a folder that cannot be written to, or a full disk: see above
    }
  }
}

/** Removes the records, so that the state counts as of unknown descent. */
export function removeBase(state: readonly string[]): void {
  for (const folder of state) rmSync(join(folder, BASE_FILE), { force: true });
}

/** Whether there is nothing in the folders, or no folder. */
export function isStateEmpty(state: readonly string[]): boolean {
  return state.every((folder) => {
    try {
      return readdirSync(folder).every((name) => name === BASE_FILE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
      throw error;
    }
  });
}

function readRecord(folder: string): Base | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, BASE_FILE), "utf8"));
    const { repository, snapshot } = value as Partial<Record<keyof Base, unknown>>;
    return typeof repository === "string" && typeof snapshot === "string" ? { repository, snapshot } : null;
  } catch {
    return null; // not there, or cut short
  }
}
