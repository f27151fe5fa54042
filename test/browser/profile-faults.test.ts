import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createProfile,
  readProfileCookies,
  writeProfileCookies,
} from "../../src/browser/databases/profile.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";
import { plainCookie } from "./plain-cookie.ts";

const KINDS = [
  ["chromium", "Default/Cookies"],
  ["firefox", "cookies.sqlite"],
] as const;

describe.each(KINDS)("a %s profile", (kind, name) => {
  let folder: TemporaryFolder;
  let copies: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    copies = await temporaryFolder();
    vi.stubEnv("TMPDIR", copies.path);
    path = folder.at("profile");
    await createProfile(kind, path, [plainCookie()]);
  });
  afterEach(async () => {
    // No copy of a database is left anywhere.
    expect(await readdir(copies.path)).toEqual([]);
    vi.unstubAllEnvs();
    await folder[Symbol.asyncDispose]();
    await copies[Symbol.asyncDispose]();
  });

  const write = async (): Promise<void> =>
    await writeProfileCookies({ kind, path }, [plainCookie({ value: "2" })]);
  const values = async (): Promise<readonly string[]> =>
    (await readProfileCookies({ kind, path })).jar.cookies.map(({ value }) => value);

  it("that is damaged is refused, and stays as it is", async () => {
    const file = `${path}/${name}`;
    const whole = await readFile(file);
    for (const damage of [
      async () => await truncate(file, Math.floor(whole.length / 2)),
      async () =>
        await writeFile(file, Buffer.concat([whole.subarray(0, 4000), Buffer.alloc(whole.length - 4000, 7)])),
      async () =>
        await writeFile(file, "this is no database, but long enough to be looked at as one".repeat(20)),
    ]) {
      await damage();
      const before = await readFile(file);
      await expect(values()).rejects.toMatchObject({ code: "PROFILE_DAMAGED" });
      await expect(write()).rejects.toMatchObject({ code: "PROFILE_DAMAGED" });
      expect(await readFile(file)).toEqual(before);
      await writeFile(file, whole);
    }
    expect(await values()).toEqual(["a1"]);
  });

  it("whose database is locked is read, and not written", async () => {
    const other = openSqlite(`${path}/${name}`, { readOnly: false });
    other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    expect(await values()).toEqual(["a1"]);
    await expect(write()).rejects.toMatchObject({ code: "PROFILE_IN_USE", retry: true });
    other.close();
    expect(await values()).toEqual(["a1"]);
    await write();
    expect(await values()).toEqual(["2"]);
  });

  it("is read with what is still in its log", async () => {
    const other = openSqlite(`${path}/${name}`, { readOnly: false });
    other.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    other.exec(`UPDATE ${kind === "chromium" ? "cookies" : "moz_cookies"} SET value = 'in the log'`);
    expect(await values()).toEqual(["in the log"]);
    other.close();
  });

  it("that a process has a file open in is in use, until it ends", async () => {
    const file = await open(`${path}/${name}`);
    const child = spawn("sleep", ["60"], { stdio: [file.fd, "ignore", "ignore"] });
    await once(child, "spawn");
    await file.close();
    await expect(write()).rejects.toMatchObject({ code: "PROFILE_IN_USE" });
    child.kill();
    await once(child, "exit");
    await write();
    expect(await values()).toEqual(["2"]);
  });

  it("with the lock of a process that does something else is not in use", async () => {
    const lock = kind === "chromium" ? `${hostname()}-${process.ppid}` : `127.0.0.1:+${process.ppid}`;
    await symlink(lock, `${path}/${kind === "chromium" ? "SingletonLock" : "lock"}`);
    await write();
    expect(await values()).toEqual(["2"]);
  });

  it.each([
    ["a control character", { value: "a\nb" }],
    ["a semicolon", { value: "a;b" }],
    ["a value in place of a name", { name: "", value: "a=b" }],
    ["no path", { path: "" }],
    ["a host that is none", { host: ".example.com" }],
    ["a prefix that is not kept", { name: "__Host-a", path: "/a" }],
    [
      "a partition without Secure",
      { secure: false, partition: { topLevelSite: "https://a.example", hasCrossSiteAncestor: true } },
    ],
    ["too much", { value: "v".repeat(4096) }],
  ])("does not get a cookie with %s, and no other either", async (_what, own) => {
    const fault = writeProfileCookies({ kind, path }, [plainCookie({ value: "2" }), plainCookie(own)]);
    await expect(fault).rejects.toMatchObject({ code: "COOKIE_FILE" });
    await expect(fault).rejects.not.toThrow(plainCookie(own).value);
    expect(await values()).toEqual(["a1"]);
  });

  it("is not made where something is, and does not stay when it fails", async () => {
    const used = folder.at("used");
    await mkdir(used);
    await writeFile(`${used}/file`, "");
    await expect(createProfile(kind, used, [])).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
    expect(await readdir(used)).toEqual(["file"]);
  });
});
