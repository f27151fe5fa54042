import { createCipheriv, createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createProfile,
  readProfileCookies,
  writeProfileCookies,
} from "../../src/browser/databases/profile.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { plainCookie } from "./plain-cookie.ts";

const KEY = "fd621fe5a2b402539dfa147ca9272778";
const EMPTY_KEY = "d0d0ec9c7d77d43ac54187fa4818d17f";
const BASE = [
  "creation_utc INTEGER NOT NULL",
  "host_key TEXT NOT NULL",
  "top_frame_site_key TEXT NOT NULL",
  "name TEXT NOT NULL",
  "value TEXT NOT NULL",
  "encrypted_value BLOB NOT NULL",
  "path TEXT NOT NULL",
  "expires_utc INTEGER NOT NULL",
  "is_secure INTEGER NOT NULL",
  "is_httponly INTEGER NOT NULL",
  "last_access_utc INTEGER NOT NULL",
  "has_expires INTEGER NOT NULL",
  "is_persistent INTEGER NOT NULL",
  "priority INTEGER NOT NULL",
  "samesite INTEGER NOT NULL",
  "source_scheme INTEGER NOT NULL",
  "source_port INTEGER NOT NULL",
];
/** The columns of each schema, oldest first, as `sqlite_persistent_cookie_store.cc` tells their history. */
const SCHEMAS: Readonly<Record<number, readonly string[]>> = {
  20: [...BASE, "is_same_party INTEGER NOT NULL", "last_update_utc INTEGER NOT NULL"],
  21: [...BASE, "last_update_utc INTEGER NOT NULL"],
  22: [...BASE, "last_update_utc INTEGER NOT NULL", "source_type INTEGER NOT NULL"],
  23: [
    ...BASE,
    "last_update_utc INTEGER NOT NULL",
    "source_type INTEGER NOT NULL",
    "has_cross_site_ancestor INTEGER NOT NULL",
  ],
  24: [
    ...BASE,
    "last_update_utc INTEGER NOT NULL",
    "source_type INTEGER NOT NULL",
    "has_cross_site_ancestor INTEGER NOT NULL",
  ],
};

describe("cookies of Chromium", () => {
  it.each(Object.keys(SCHEMAS).map(Number))("are read and written in schema %i", async (schema) => {
    await using folder = await temporaryFolder();
    const path = await makeDatabase(folder.path, schema);
    addRow(path, { name: "old", encrypted_value: encrypt("secret", KEY, schema) });
    const written = [
      plainCookie({ name: "new", value: "é中" }),
      plainCookie({ name: "session", expiresMs: null, sameSite: null, sourceScheme: null, sourcePort: null }),
      plainCookie({
        name: "part",
        hostOnly: false,
        sameSite: "none",
        partition: { topLevelSite: "https://other.example", hasCrossSiteAncestor: true },
      }),
    ];
    await writeProfileCookies({ kind: "chromium", path: folder.path }, written);
    const { jar, locked } = await readProfileCookies({ kind: "chromium", path: folder.path });
    expect(locked).toEqual([]);
    expect(jar.cookies[0]).toMatchObject({ name: "old", value: "secret", expiresMs: 1_900_000_000_123 });
    expect(jar.cookies.slice(1)).toEqual(written);
  });

  it("take the place of the same cookie, whatever its port, and of no other", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind: "chromium", path: folder.at("new") } as const;
    const first = plainCookie({ value: "1", sourcePort: 8443 });
    const others = [
      plainCookie({ path: "/a" }),
      plainCookie({ hostOnly: false }),
      plainCookie({ name: "b" }),
    ];
    await createProfile("chromium", profile.path, [first, ...others]);
    const second = plainCookie({ value: "2" });
    await writeProfileCookies(profile, [second]);
    expect((await readProfileCookies(profile)).jar.cookies).toEqual([...others, second]);
    // One that has ended only removes.
    await writeProfileCookies(profile, [{ ...second, expiresMs: 1000 }]);
    expect((await readProfileCookies(profile)).jar.cookies).toEqual(others);
  });

  it("last 400 days at most, in a file for its owner only", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("new");
    const beforeMs = Date.now();
    await createProfile("chromium", path, [plainCookie({ expiresMs: Date.UTC(9999, 0) })]);
    const { jar } = await readProfileCookies({ kind: "chromium", path });
    const days = ((jar.cookies[0]?.expiresMs ?? 0) - beforeMs) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(400);
    expect(days).toBeLessThan(400.01);
    expect((await stat(join(path, "Default", "Cookies"))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it("are opened with the key of the empty password, too", async () => {
    await using folder = await temporaryFolder();
    const path = await makeDatabase(folder.path, 24);
    addRow(path, { name: "a", encrypted_value: encrypt("v", EMPTY_KEY, 24) });
    const { jar } = await readProfileCookies({ kind: "chromium", path: folder.path });
    expect(jar.cookies.map(({ value }) => value)).toEqual(["v"]);
  });

  it.each([
    ["of a keyring", Buffer.from("v11" + "x".repeat(32))],
    ["of another program", Buffer.from("v20" + "x".repeat(32))],
    ["of another host", encrypt("v", KEY, 24, ".other.example")],
    ["of another key", encrypt("v", "00".repeat(16), 24)],
    ["cut short", encrypt("v", KEY, 24).subarray(0, 30)],
  ])("%s are reported, never guessed, and end a write", async (_what, encrypted) => {
    await using folder = await temporaryFolder();
    const path = await makeDatabase(folder.path, 24);
    addRow(path, { name: "closed", encrypted_value: encrypted });
    const profile = { kind: "chromium", path: folder.path } as const;
    const { jar, locked } = await readProfileCookies(profile);
    expect(jar.cookies).toEqual([]);
    expect(locked).toEqual([{ host: "example.com", name: "closed" }]);
    const before = await readFile(path);
    await expect(writeProfileCookies(profile, [plainCookie()])).rejects.toMatchObject({
      code: "COOKIE_ENCRYPTED",
    });
    expect(await readFile(path)).toEqual(before);
  });

  it("of a newer schema are taken when it says that older programs may", async () => {
    await using folder = await temporaryFolder();
    const path = await makeDatabase(folder.path, 24);
    change(path, "UPDATE meta SET value = 25 WHERE key = 'version'; ALTER TABLE cookies ADD more TEXT");
    const profile = { kind: "chromium", path: folder.path } as const;
    await writeProfileCookies(profile, [plainCookie()]);
    expect((await readProfileCookies(profile)).jar.cookies).toEqual([plainCookie()]);
  });

  it.each([
    ["a newer schema", "UPDATE meta SET value = 25"],
    ["an older schema", "UPDATE meta SET value = 19"],
    ["another table", "ALTER TABLE cookies RENAME TO biscuits"],
  ])("with %s are refused, and nothing is written", async (_what, sql) => {
    await using folder = await temporaryFolder();
    const path = await makeDatabase(folder.path, 24);
    change(path, sql);
    const before = await readFile(path);
    const profile = { kind: "chromium", path: folder.path } as const;
    await expect(readProfileCookies(profile)).rejects.toMatchObject({ code: "PROFILE_UNSUPPORTED" });
    await expect(writeProfileCookies(profile, [plainCookie()])).rejects.toMatchObject({
      code: "PROFILE_UNSUPPORTED",
    });
    expect(await readFile(path)).toEqual(before);
  });

  it("are looked for where a sandboxed network service keeps them", async () => {
    await using folder = await temporaryFolder();
    const network = folder.at("Default", "Network");
    await mkdir(network, { recursive: true });
    const path = join(network, "Cookies");
    await writeFile(path, "");
    await writeProfileCookies({ kind: "chromium", path: folder.path }, [plainCookie()]);
    expect((await stat(path)).size).toBeGreaterThan(0);
  });
});

async function makeDatabase(userData: string, schema: number): Promise<string> {
  await mkdir(join(userData, "Default"), { recursive: true });
  const path = join(userData, "Default", "Cookies");
  const ancestor = schema >= 23 ? "has_cross_site_ancestor, " : "";
  change(
    path,
    `CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
     INSERT INTO meta VALUES ('version', ${schema}), ('last_compatible_version', ${schema});
     CREATE TABLE cookies(${SCHEMAS[schema]?.join(",") ?? ""});
     CREATE UNIQUE INDEX cookies_unique_index ON cookies(host_key, top_frame_site_key, ${ancestor}name, path, source_scheme, source_port)`,
  );
  return path;
}

function change(path: string, sql: string): void {
  const database = openSqlite(path, { readOnly: false });
  database.exec(sql);
  database.close();
}

function addRow(path: string, own: { readonly name: string; readonly encrypted_value: Uint8Array }): void {
  const database = openSqlite(path, { readOnly: false });
  const columns = database
    .prepare("PRAGMA table_info(cookies)")
    .all()
    .map((row) => String(row["name"]));
  const values: Record<string, string | bigint | number | Uint8Array> = {
    ...Object.fromEntries(columns.map((name) => [name, 0])),
    host_key: ".example.com",
    top_frame_site_key: "",
    value: "",
    path: "/",
    expires_utc: (1_900_000_000_123n + 11_644_473_600_000n) * 1000n,
    has_expires: 1,
    is_persistent: 1,
    ...own,
  };
  database
    .prepare(`INSERT INTO cookies VALUES (${columns.map((name) => `:${name}`).join(", ")})`)
    .run(values);
  database.close();
}

function encrypt(value: string, key: string, schema: number, host = ".example.com"): Buffer {
  const cipher = createCipheriv("aes-128-cbc", Buffer.from(key, "hex"), Buffer.alloc(16, " "));
  const hash = schema >= 24 ? createHash("sha256").update(host).digest() : Buffer.alloc(0);
  const plain = Buffer.concat([hash, Buffer.from(value)]);
  return Buffer.concat([Buffer.from("v10"), cipher.update(plain), cipher.final()]);
}
