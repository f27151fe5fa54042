import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createRandom, type Random } from "../../test/support/random.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { folderSize } from "../support/folder-size.ts";
import type { Contestant } from "./programs.ts";

/** What one changed row of a database of 20 MB costs in the store. */
export interface SqliteRow {
  readonly program: string;
  readonly databaseBytes: number;
  /** Growth of the repository by the save after the UPDATE, all files counted. */
  readonly storedBytes: number;
}

const DATABASE_BYTES = 20_000_000;
const ROWS_AT_ONCE = 5_000;

/** Saves a database, updates one row, saves again. The same bytes for every program. */
export async function measureSqlite(contestants: readonly Contestant[]): Promise<SqliteRow[]> {
  const rows: SqliteRow[] = [];
  for (const contestant of contestants) {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("state"));
    mkdirSync(folder.at("home"));
    using database = makeDatabase(join(folder.at("state"), "app.sqlite"), createRandom(20));
    const session = await contestant.open(folder.at("home"));
    await session.save(folder.at("state"));
    const before = folderSize(session.repository).bytes;
    database
      .prepare("UPDATE message SET text = ? WHERE id = 10000")
      .run("changed in place, as an app does it");
    await session.save(folder.at("state"));
    rows.push({
      program: contestant.name,
      databaseBytes: folderSize(folder.at("state")).bytes,
      storedBytes: folderSize(session.repository).bytes - before,
    });
  }
  return rows;
}

/** Rows of text and random bytes; the journal is the default one, so all is in the file after each statement. */
function makeDatabase(path: string, random: Random): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE message (id INTEGER PRIMARY KEY, sender TEXT, text TEXT, token BLOB)");
  database.exec("CREATE INDEX message_sender ON message (sender)");
  const insert = database.prepare("INSERT INTO message (sender, text, token) VALUES (?, ?, ?)");
  while (folderSize(join(path, "..")).bytes < DATABASE_BYTES) {
    database.exec("BEGIN");
    for (let i = 0; i < ROWS_AT_ONCE; i++) {
      const words = Array.from({ length: 20 }, () => `word${random.between(0, 5_000)}`);
      insert.run(`user${random.between(0, 1_000)}`, words.join(" "), random.bytes(100));
    }
    database.exec("COMMIT");
  }
  return database;
}
