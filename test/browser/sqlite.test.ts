import { describe, expect, it } from "vitest";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("SQLite", () => {
  it("reads what it wrote, and refuses changes when opened to read only", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.sqlite");
    const database = openSqlite(path, { readOnly: false });
    database.exec("CREATE TABLE a (b INTEGER); INSERT INTO a VALUES (7)");
    database.close();

    const reader = openSqlite(path, { readOnly: true });
    expect(reader.prepare("SELECT b FROM a").get()?.["b"]).toBe(7);
    expect(() => reader.exec("DELETE FROM a")).toThrow("readonly");
    reader.close();
  });

  it("does not make a database that is only to be read", async () => {
    await using folder = await temporaryFolder();
    expect(() => openSqlite(folder.at("missing"), { readOnly: true })).toThrow("unable to open");
  });

  it("says nothing about being experimental, and keeps the warnings of others", async () => {
    const source = new URL("../../src/browser/sqlite.ts", import.meta.url).href;
    const script = `
      const { openSqlite } = await import(${JSON.stringify(source)});
      openSqlite(":memory:", { readOnly: false }).close();
      process.emitWarning("heard");
    `;
    const { stderr } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(stderr).not.toContain("xperimental");
    expect(stderr).toContain("heard");
  });
});
