import type { DatabaseSync } from "node:sqlite";

/** How to open a database. */
export interface SqliteOptions {
  /** Refuse every change; the file has to exist then. */
  readonly readOnly: boolean;
}

type SqliteModule = typeof import("node:sqlite");

let loaded: SqliteModule | null = null;

/**
 * Opens a database file with the SQLite of Node.js, which is loaded at the first call. The caller
 * closes it. Never waits for a lock, and runs no code and loads no extension that a file names.
 *
 * @throws the error of `node:sqlite`, with SQLite's number in `errcode`
 */
export function openSqlite(path: string, options: SqliteOptions): DatabaseSync {
  loaded ??= loadQuietly();
  const database = new loaded.DatabaseSync(path, {
    readOnly: options.readOnly,
    allowExtension: false,
    // A browser relies on neither; what a file declares must not get in the way of reading it.
    enableForeignKeyConstraints: false,
    timeout: 0,
  });
  database.exec("PRAGMA trusted_schema = OFF");
  return database;
}

/** Loading it prints that SQLite in Node.js is experimental, which says nothing to a user. */
function loadQuietly(): SqliteModule {
  const emitWarning: unknown = Reflect.get(process, "emitWarning");
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    Reflect.set(process, "emitWarning", emitWarning);
  }
}
