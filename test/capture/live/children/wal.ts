import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/*
 * Moves money between two accounts of a database in WAL mode in the folder named by its argument, until it
 * is killed or who started it is gone: the sum stays 1000.
 */

const [root = ""] = process.argv.slice(2);
const starter = process.ppid;
const database = new DatabaseSync(join(root, "bank.sqlite"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA wal_autocheckpoint = 50;
  CREATE TABLE account (name TEXT PRIMARY KEY, amount INTEGER);
  CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
  INSERT INTO account VALUES ('ada', 400), ('bob', 600);
`);
const move = database.prepare("UPDATE account SET amount = amount + ? WHERE name = ?");
const note = database.prepare("INSERT INTO note (text) VALUES (?)");
process.stdout.write("ready\n");
for (let count = 1; process.ppid === starter; count += 1) {
  const amount = (count % 7) - 3;
  database.exec("BEGIN");
  move.run(amount, "ada");
  move.run(-amount, "bob");
  note.run(`moved ${amount} `.repeat(count % 50));
  database.exec("COMMIT");
  if (count % 500 === 0) database.exec("DELETE FROM note");
}
