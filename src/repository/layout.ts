import type { Id } from "./ids.ts";

/** The file that makes a folder a repository (restic `doc/design.rst`, "Repository Layout"). */
export const CONFIG_NAME = "config";

/** Prefix of all pack files. */
export const PACKS = "data/";
/** Prefix of all index files. */
export const INDEXES = "index/";
/** Prefix of all key files. */
export const KEYS = "keys/";
/** Prefix of what instances of a supervised app leave for each other; ours, and unknown to restic. */
export const LEASES = "leases/";
/** Prefix of all lock files. */
export const LOCKS = "locks/";
/** Prefix of all snapshot files. */
export const SNAPSHOTS = "snapshots/";

/** Where a pack is stored: `data/3f/3fa9…`. */
export function packName(id: Id): string {
  return `${PACKS}${id.slice(0, 2)}/${id}`;
}

/** The last part of a stored name: the id, for everything but the config file. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
