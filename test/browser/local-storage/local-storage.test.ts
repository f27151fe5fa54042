import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OriginStorage } from "../../../src/browser/cookie.ts";
import {
  createProfile,
  readProfileCookies,
  writeProfileJar,
} from "../../../src/browser/databases/profile.ts";
import { readLevelDb } from "../../../src/browser/local-storage/leveldb.ts";
import { writeLevelDb } from "../../../src/browser/local-storage/leveldb-write.ts";
import { readLocalStorage, writeLocalStorage } from "../../../src/browser/local-storage/local-storage.ts";
import { openSqlite } from "../../../src/browser/sqlite.ts";
import { runs } from "../../support/property.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { plainCookie } from "../plain-cookie.ts";

const ORIGIN = "https://example.com";
const LEVELDB = "Default/Local Storage/leveldb";
const ORIGIN_FOLDER = "storage/default/https+++example.com";
const KINDS = [
  ["chromium", `${LEVELDB}/000003.log`],
  ["firefox", `${ORIGIN_FOLDER}/ls/data.sqlite`],
] as const;

function storageOf(items: Readonly<Record<string, string>>, origin = ORIGIN): OriginStorage {
  return { origin, items: Object.entries(items).map(([name, value]) => ({ name, value })) };
}

describe.each(KINDS)("the localStorage of a %s profile", (kind, file) => {
  it("is what was written, of every text", async () => {
    const text = kind === "chromium" ? fc.string({ unit: "binary" }) : fc.string({ unit: "grapheme" });
    const value = fc.oneof(text, fc.constant("\ud800"), fc.string({ unit: "binary-ascii" }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, value, { maxKeys: 5, noNullPrototype: true }), async (items) => {
        await using folder = await temporaryFolder();
        const profile = { kind, path: folder.at("profile") };
        await createProfile(
          kind,
          profile.path,
          [],
          [storageOf(items), storageOf({ a: "1" }, "http://[::1]:3000")],
        );
        const found = await readLocalStorage(profile);
        const own = found.find(({ origin }) => origin === ORIGIN)?.items ?? [];
        expect(Object.fromEntries(own.map((item) => [item.name, item.value]))).toEqual(items);
        expect(found).toContainEqual(storageOf({ a: "1" }, "http://[::1]:3000"));
      }),
      runs(10),
    );
  });

  it("is without that of partitions, extensions and containers", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind, path: folder.at("profile") };
    await createProfile(
      kind,
      profile.path,
      [],
      [
        storageOf({ a: "1" }),
        storageOf({ b: "2" }, "chrome-extension://abcdefgh"),
        storageOf({ c: "3" }, "not an origin"),
        storageOf({}, "https://empty.example"),
      ],
    );
    if (kind === "chromium") {
      const path = join(profile.path, LEVELDB);
      const one = Buffer.from("\u00011", "latin1");
      const keys = [`_${ORIGIN}/^0https://a.example\0\u0001k`, "_chrome-extension://abc\0\u0001k"];
      await writeLevelDb(path, await readLevelDb(path), new Map(keys.map((key) => [key, one])));
    }
    expect(await readLocalStorage(profile)).toEqual([storageOf({ a: "1" })]);
  });

  it("that is damaged is refused, and nothing is written, no cookie either", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind, path: folder.at("profile") };
    await createProfile(kind, profile.path, [], [storageOf({ a: "1" })]);
    const path = join(profile.path, file);
    const bytes = await readFile(path);
    for (const at of [10, 20, 40]) bytes[at] = 255 - (bytes[at] ?? 0);
    await writeFile(path, kind === "chromium" ? bytes : bytes.subarray(0, 3000));
    const before = await readFile(path);
    const names = await readdir(profile.path, { recursive: true });
    await expect(readLocalStorage(profile)).rejects.toMatchObject({ code: "PROFILE_DAMAGED" });
    const jar = { cookies: [plainCookie()], localStorage: [storageOf({ a: "2" })] };
    await expect(writeProfileJar(profile, jar)).rejects.toMatchObject({ code: "PROFILE_DAMAGED" });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(profile.path, { recursive: true })).toEqual(names);
    expect((await readProfileCookies(profile)).jar.cookies).toEqual([]);
  });

  it("is read while a process has it open, and not written", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind, path: folder.at("profile") };
    await createProfile(kind, profile.path, [], [storageOf({ a: "1" })]);
    const held = await open(join(profile.path, file));
    const child = spawn("sleep", ["60"], { stdio: [held.fd, "ignore", "ignore"] });
    await once(child, "spawn");
    await held.close();
    await expect(writeLocalStorage(profile, [storageOf({ a: "2" })])).rejects.toMatchObject({
      code: "PROFILE_IN_USE",
    });
    expect(await readLocalStorage(profile)).toEqual([storageOf({ a: "1" })]);
    child.kill();
    await once(child, "exit");
  });

  it("does not take more than a browser keeps", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("profile");
    const much = [storageOf({ a: "x".repeat(6 * 1024 * 1024) })];
    await expect(createProfile(kind, path, [], much)).rejects.toMatchObject({ code: "COOKIE_FILE" });
    expect(await readdir(path)).toEqual([]);
  });

  it("in an unknown layout is refused", async () => {
    await using folder = await temporaryFolder();
    const profile = { kind, path: folder.at("profile") };
    await createProfile(kind, profile.path, [], [storageOf({ a: "1" })]);
    const refused = async (): Promise<void> => {
      await expect(readLocalStorage(profile)).rejects.toMatchObject({ code: "PROFILE_UNSUPPORTED" });
      const written = writeLocalStorage(profile, [storageOf({ a: "2" })]);
      await expect(written).rejects.toMatchObject({ code: "PROFILE_UNSUPPORTED" });
    };
    if (kind === "firefox") {
      const database = openSqlite(join(profile.path, file), { readOnly: false });
      database.exec("PRAGMA user_version = 96");
      database.close();
      return await refused();
    }
    const path = join(profile.path, LEVELDB);
    await writeFile(join(profile.path, "Default/LocalStorage"), "SQLite format 3\0");
    await refused();
    await rm(join(profile.path, "Default/LocalStorage"));
    await writeLevelDb(path, await readLevelDb(path), new Map([["VERSION", Buffer.from("2")]]));
    await refused();
  });
});
