import { constants } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { openSqlite } from "../sqlite.ts";
import { databaseError, profileDamaged, profileUnsupported } from "./sqlite-errors.ts";

/** What belongs to a database: the file, its write-ahead log, its rollback journal. */
const PARTS = ["", "-wal", "-journal"];
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 40;
/** Browsers keep a few thousand cookies, a few MB. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a database that a running browser may have locked: from a copy in a private folder, which is
 * gone afterwards. The copy is made again when the browser wrote while it was made, until one is whole.
 *
 * @param use gets the copy, open and checked; it need not close it
 * @throws HoldfastError `PROFILE_DAMAGED` when the database is not whole and does not change either
 */
export async function readDatabase<Result>(
  path: string,
  use: (database: DatabaseSync) => Result,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-"));
    try {
      const before = await look(path);
      const copy = join(folder, basename(path));
      await copyParts(path, copy);
      const still = (await look(path)) === before;
      if (still || attempt >= ATTEMPTS) return useCopy(copy, path, use);
      const result = tryCopy(copy, path, use);
      if (result !== null) return result.value;
    } catch (error) {
      throw databaseError(error, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
}

/** Size, time and identity of all parts: the same as before when nothing was written meanwhile. */
async function look(path: string): Promise<string> {
  const seen: string[] = [];
  for (const part of PARTS) {
    const stats = await stat(path + part, { bigint: true }).catch(nullWhenMissing);
    if (stats !== null && stats.size > MAX_BYTES) throw profileUnsupported(path, "it is too large");
    seen.push(stats === null ? "-" : `${stats.ino}:${stats.size}:${stats.mtimeNs}`);
  }
  return seen.join(" ");
}

async function copyParts(path: string, copy: string): Promise<void> {
  for (const part of PARTS) {
    const missing = await copyFile(path + part, copy + part, constants.COPYFILE_FICLONE).catch(
      nullWhenMissing,
    );
    if (missing === null && part === "") throw profileDamaged(path, "the file is missing");
  }
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

function tryCopy<Result>(
  copy: string,
  path: string,
  use: (database: DatabaseSync) => Result,
): { readonly value: Result } | null {
  try {
    return { value: useCopy(copy, path, use) };
  } catch {
    // The browser wrote while it was copied: the next copy tells whether it is really damaged.
    return null;
  }
}

/** Opened to write, so that SQLite can roll back what its journal says. */
function useCopy<Result>(copy: string, path: string, use: (database: DatabaseSync) => Result): Result {
  const database = openSqlite(copy, { readOnly: false });
  try {
    checkIntegrity(database, path);
    return use(database);
  } finally {
    database.close();
  }
}

/** @throws HoldfastError `PROFILE_DAMAGED` when a page or an index of the database is wrong */
export function checkIntegrity(database: DatabaseSync, path: string): void {
  const answer = database.prepare("PRAGMA integrity_check(1)").get();
  if (answer?.["integrity_check"] !== "ok") {
    throw profileDamaged(path, "it does not pass SQLite's integrity check");
  }
}
