import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Cookie } from "../../src/browser/cookie.ts";
import { decodeMozLz4, encodeMozLz4 } from "../../src/browser/databases/lz4.ts";
import {
  createProfile,
  readProfileCookies,
  writeProfileCookies,
} from "../../src/browser/databases/profile.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { plainCookie } from "./plain-cookie.ts";

/** What the schemas have after `isHttpOnly`, as `CookiePersistentStorage.cpp` tells their history. */
const SCHEMAS: Readonly<Record<number, readonly string[]>> = {
  10: ["inBrowserElement", "sameSite", "rawSameSite"],
  12: ["inBrowserElement", "sameSite", "rawSameSite", "schemeMap"],
  14: ["inBrowserElement", "sameSite", "rawSameSite", "schemeMap", "isPartitionedAttributeSet"],
  15: ["inBrowserElement", "sameSite", "schemeMap", "isPartitionedAttributeSet"],
  16: ["inBrowserElement", "sameSite", "schemeMap", "isPartitionedAttributeSet"],
  17: ["inBrowserElement", "sameSite", "schemeMap", "isPartitionedAttributeSet", "updateTime"],
};

describe("cookies of Firefox", () => {
  it.each(Object.keys(SCHEMAS).map(Number))("are read and written in schema %i", async (schema) => {
    await using folder = await temporaryFolder();
    makeDatabase(folder.at("cookies.sqlite"), schema);
    const written = [
      foxCookie({ name: "new", value: "é中", sameSite: "none" }),
      foxCookie({ name: "work", container: 2, secure: false, sameSite: null, hostOnly: false }),
      foxCookie({
        name: "part",
        container: 1,
        partition: { topLevelSite: "https://other.example", hasCrossSiteAncestor: true },
      }),
      foxCookie({
        name: "own",
        host: "a.example.com",
        partition: { topLevelSite: "https://example.com", hasCrossSiteAncestor: false },
      }),
      foxCookie({
        name: "own",
        host: "a.example.com",
        partition: { topLevelSite: "https://example.com", hasCrossSiteAncestor: true },
      }),
    ];
    const profile = { kind: "firefox", path: folder.path } as const;
    await writeProfileCookies(profile, written);
    const { jar } = await readProfileCookies(profile);
    expect(jar.cookies).toEqual(written.map((cookie) => (schema < 12 ? withoutScheme(cookie) : cookie)));
  });

  it("end at the moment that they end before and after milliseconds", async () => {
    for (const [schema, expiry] of [
      [15, 1_900_000_000],
      [16, 1_900_000_000_000],
    ] as const) {
      await using folder = await temporaryFolder();
      makeDatabase(folder.at("cookies.sqlite"), schema);
      change(
        folder.at("cookies.sqlite"),
        `INSERT INTO moz_cookies (name, value, host, path, expiry, sameSite) VALUES ('a', 'v', '.example.com', '/', ${expiry}, 256)`,
      );
      const { jar } = await readProfileCookies({ kind: "firefox", path: folder.path });
      expect(jar.cookies).toMatchObject([{ expiresMs: 1_900_000_000_000, sameSite: null, hostOnly: false }]);
    }
  });

  it("are named by container and partition as Firefox names them", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("new");
    const partition = { topLevelSite: "https://top.example", hasCrossSiteAncestor: true };
    await createProfile("firefox", path, [
      foxCookie({ name: "a", container: 2, partition }),
      foxCookie({ name: "b", partition: { topLevelSite: "http://[::1]:8080", hasCrossSiteAncestor: true } }),
    ]);
    const database = openSqlite(`${path}/cookies.sqlite`, { readOnly: true });
    const rows = database
      .prepare("SELECT originAttributes, isPartitionedAttributeSet FROM moz_cookies")
      .all();
    database.close();
    expect(JSON.parse(JSON.stringify(rows))).toEqual([
      {
        originAttributes: "^userContextId=2&partitionKey=%28https%2Ctop.example%29",
        isPartitionedAttributeSet: 1,
      },
      { originAttributes: "^partitionKey=%28http%2C%5B%2B%2B1%5D%2C8080%29", isPartitionedAttributeSet: 1 },
    ]);
    // Without the list, Firefox empties all containers at its first start.
    expect(JSON.parse(await readFile(`${path}/containers.json`, "utf8"))).toMatchObject({ version: 4 });
    expect((await stat(`${path}/cookies.sqlite`)).mode & 0o777).toBe(0o600);
  });

  it("that end with the session are in the partition of an address as Firefox names it there", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("new");
    const partition = { topLevelSite: "http://[::1]:8080", hasCrossSiteAncestor: true };
    await createProfile("firefox", path, [foxCookie({ name: "a", expiresMs: null, partition })]);
    const session = decodeMozLz4(await readFile(`${path}/sessionstore.jsonlz4`), "").toString();
    expect(session).toContain('"partitionKey":"(http,[::1],8080)"');
    const { jar } = await readProfileCookies({ kind: "firefox", path });
    expect(jar.cookies).toMatchObject([{ name: "a", partition }]);
  });

  it("that end with the session live in its session, of which the rest stays", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind: "firefox", path: folder.at("new") } as const;
    const lasting = foxCookie({ name: "lasting" });
    const fleeting = foxCookie({
      name: "fleeting",
      expiresMs: null,
      container: 3,
      createdMs: null,
      lastAccessMs: null,
    });
    await createProfile("firefox", profile.path, [lasting, fleeting]);
    expect((await readProfileCookies(profile)).jar.cookies).toEqual([lasting, fleeting]);

    // Another session, written while the browser ran.
    await mkdir(`${profile.path}/sessionstore-backups`);
    const content = {
      windows: [{ tabs: ["kept"] }],
      cookies: [{ host: "b.example", value: "v", name: "other" }],
    };
    const bytes = encodeMozLz4(Buffer.from(JSON.stringify(content)));
    await writeFile(`${profile.path}/sessionstore.jsonlz4`, bytes);
    await writeProfileCookies(profile, [{ ...lasting, expiresMs: null }]);
    const { jar } = await readProfileCookies(profile);
    expect(jar.cookies.map(({ name, expiresMs }) => [name, expiresMs])).toEqual([
      ["other", null],
      ["lasting", null],
    ]);
    const after = decodeMozLz4(await readFile(`${profile.path}/sessionstore.jsonlz4`), "");
    expect(JSON.parse(after.toString())).toMatchObject({ windows: content.windows });
    expect((await stat(`${profile.path}/sessionstore.jsonlz4`)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["a newer schema", "PRAGMA user_version = 18"],
    ["an older schema", "PRAGMA user_version = 9"],
    ["another table", "ALTER TABLE moz_cookies RENAME TO biscuits"],
  ])("with %s are refused, and nothing is written", async (_what, sql) => {
    await using folder = await temporaryFolder();
    const path = folder.at("cookies.sqlite");
    makeDatabase(path, 17);
    change(path, sql);
    const before = await readFile(path);
    const profile = { kind: "firefox", path: folder.path } as const;
    const cookies = [foxCookie(), foxCookie({ name: "session", expiresMs: null })];
    await expect(readProfileCookies(profile)).rejects.toMatchObject({ code: "PROFILE_UNSUPPORTED" });
    await expect(writeProfileCookies(profile, cookies)).rejects.toMatchObject({
      code: "PROFILE_UNSUPPORTED",
    });
    expect(await readFile(path)).toEqual(before);
    await expect(stat(folder.at("sessionstore.jsonlz4"))).rejects.toThrow("ENOENT");
    await expect(stat(folder.at("sessionstore.jsonlz4.holdfast"))).rejects.toThrow("ENOENT");
  });
});

function foxCookie(own: Partial<Cookie> = {}): Cookie {
  return plainCookie({ sourcePort: null, ...own });
}

function withoutScheme(cookie: Cookie): Cookie {
  return { ...cookie, sourceScheme: null };
}

function makeDatabase(path: string, schema: number): void {
  const columns = ["id INTEGER PRIMARY KEY", "originAttributes TEXT NOT NULL DEFAULT ''"];
  const texts = ["name", "value", "host", "path"].map((name) => `${name} TEXT`);
  const numbers = [
    "expiry",
    "lastAccessed",
    "creationTime",
    "isSecure",
    "isHttpOnly",
    ...(SCHEMAS[schema] ?? []),
  ];
  const all = [...columns, ...texts, ...numbers.map((name) => `${name} INTEGER`)].join(", ");
  change(
    path,
    `CREATE TABLE moz_cookies (${all}, CONSTRAINT moz_uniqueid UNIQUE (name, host, path, originAttributes));
     PRAGMA user_version = ${schema}`,
  );
}

function change(path: string, sql: string): void {
  const database = openSqlite(path, { readOnly: false });
  database.exec(sql);
  database.close();
}
