import { open } from "node:fs/promises";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { openSqlite } from "../sqlite.ts";
import { checkIntegrity } from "./database-copy.ts";
import { databaseError } from "./sqlite-errors.ts";

/**
 * Changes a database in one transaction: all of it is on disk afterwards, or nothing. A new file
 * is readable by its owner only.
 *
 * @param layout how to make the database where the file is missing or empty
 *
 * @throws HoldfastError `PROFILE_IN_USE` when somebody has it open, `PROFILE_DAMAGED` when it is not whole
 */
export async function changeDatabase(
  path: string,
  layout: NewLayout,
  change: (database: DatabaseSync) => void,
): Promise<void> {
  try {
    const isNew = await touch(path);
    const database = openSqlite(path, { readOnly: false });
    try {
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL");
      if (isNew) database.exec(layout.pragmas);
      database.exec("BEGIN EXCLUSIVE");
      if (isNew) database.exec(layout.schema);
      checkIntegrity(database, path);
      change(database);
      database.exec("COMMIT");
    } finally {
      // Rolls back what is not committed.
      database.close();
    }
  } catch (error) {
    throw databaseError(error, path);
  }
}

/** How a browser makes an empty database. */
export interface NewLayout {
  /** What can only be set before there is anything in it. */
  readonly pragmas: string;
  readonly schema: string;
}

/** Makes the file where it is missing; true when there is nothing in it. */
async function touch(path: string): Promise<boolean> {
  await using file = await open(path, "a", 0o600);
  return (await file.stat()).size === 0;
}

/** The columns of a table, in order; none when there is no such table. */
export function columnsOf(database: DatabaseSync, table: "cookies" | "moz_cookies"): readonly TableColumn[] {
  return database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map((row) => ({
      name: String(row["name"]),
      required: row["notnull"] === 1 && row["dflt_value"] === null,
    }));
}

/** One column of a table. */
export interface TableColumn {
  readonly name: string;
  /** A row without a value for it is refused. */
  readonly required: boolean;
}

/** Some of the fields of a row: a statement takes no parameter that it does not name. */
export function pick(
  row: Readonly<Record<string, SQLInputValue>>,
  names: readonly string[],
): Record<string, SQLInputValue> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}
