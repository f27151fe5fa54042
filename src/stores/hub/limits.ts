import { HoldfastError } from "../../base/errors.ts";
import type { HubEntry } from "./api.ts";
import type { StagedFile } from "./stage.ts";

/** How much the Hub takes; it says that more is slow, or fails. */
export interface HubLimits {
  /** Most files that one commit adds or removes. */
  readonly filesACommit: number;
  /** Most files and folders in one folder. */
  readonly entriesAFolder: number;
}

/** As the Hub documents them: fewer than 100 files a commit, 10,000 entries a folder. */
export const HUB_LIMITS: HubLimits = { filesACommit: 99, entriesAFolder: 10_000 };

/**
 * Looks whether files still fit into their folders.
 *
 * @throws {HoldfastError} `FAILED` when a folder would get too many entries
 */
export function checkFolders(
  files: ReadonlyMap<string, HubEntry>,
  added: readonly StagedFile[],
  { entriesAFolder }: HubLimits,
): void {
  if (files.size + added.length <= entriesAFolder) return;
  const folders = new Map<string, Set<string>>();
  for (const name of [...files.keys(), ...added.map((file) => file.name)]) {
    const parts = name.split("/");
    for (let depth = 0; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join("/");
      const entries = folders.get(folder) ?? new Set();
      folders.set(folder, entries.add(parts[depth] ?? ""));
    }
  }
  for (const { name } of added) {
    const parts = name.split("/");
    for (let depth = 0; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join("/");
      if ((folders.get(folder)?.size ?? 0) > entriesAFolder) throw full(folder, entriesAFolder);
    }
  }
}

function full(folder: string, entriesAFolder: number): HoldfastError {
  const where = folder === "" ? "the folder of the store" : `the folder ${folder}`;
  return new HoldfastError({
    code: "FAILED",
    message: `${where} in the dataset would get more than the ${entriesAFolder} entries that the Hub takes`,
    hint: "make room with: holdfast forget --prune, or holdfast prune when nothing is to be forgotten",
  });
}
