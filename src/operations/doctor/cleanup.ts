import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { localFolderOf } from "../../stores/open.ts";
import type { Store } from "../../stores/store.ts";

/** Calls that were given up may still end with a file; after so many empty looks, none is on its way. */
const ATTEMPTS = 4;

/**
 * Removes every file below a prefix, also when the caller was given up.
 *
 * @returns the names that are still there
 * @throws {HoldfastError} what the store throws
 */
export async function removeBelow(store: Store, prefix: string): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const names: string[] = [];
    for await (const { name } of store.list(prefix)) names.push(name);
    if (names.length === 0 || attempt === ATTEMPTS) return names;
    await store.remove(names);
  }
}

/** What a store in a folder leaves behind: the folders, and its own when it was not there before. */
export interface FolderTraces {
  remove(): Promise<void>;
}

/** Looks at the folder of a store before anything is written to it; nothing to do for other stores. */
export function tracesOf(store: string | Store, prefix: string): FolderTraces {
  const folder = typeof store === "string" ? localFolderOf(store) : null;
  const wasThere = folder !== null && existsSync(folder);
  return {
    async remove() {
      if (folder === null) return;
      await rm(join(folder, prefix), { recursive: true, force: true });
      // Not when somebody else has put something there meanwhile.
      if (!wasThere) await rmdir(folder).catch(() => undefined);
    },
  };
}
