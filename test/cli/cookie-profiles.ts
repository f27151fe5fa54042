import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cookie } from "../../src/browser/cookie.ts";
import { createProfile } from "../../src/browser/databases/profile.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { testCookie } from "../operations/cookies/test-cookie.ts";

/** What no output may show. */
export const SECRET = "secret-value";

/** A day, in milliseconds. */
export const DAY_MS: number = 24 * 3600 * 1000;

/** One of each kind: alive, of the session, below a domain, partitioned, of another site. */
export const COOKIES: readonly Cookie[] = [
  testCookie({ name: "session", host: "www.example.com", expiresMs: Date.now() + 30 * DAY_MS }),
  testCookie({ name: "all", host: "example.com", hostOnly: false, expiresMs: Date.now() + 60 * DAY_MS }),
  testCookie({ name: "brief", host: "example.com", expiresMs: null }),
  testCookie({
    name: "framed",
    host: "widget.example.org",
    sameSite: "none",
    partition: { topLevelSite: "https://example.com", hasCrossSiteAncestor: true },
  }),
  testCookie({ name: "one", host: "ada.github.io" }),
  testCookie({ name: "two", host: "bob.github.io" }),
];

/** A Firefox profile with {@link COOKIES}. */
export async function makeFirefox(path: string, cookies: readonly Cookie[] = COOKIES): Promise<void> {
  await createProfile("firefox", path, cookies);
}

/** A Chromium user-data folder with {@link COOKIES}, as its browser is known by. */
export async function makeChromium(path: string, cookies: readonly Cookie[] = COOKIES): Promise<void> {
  await createProfile("chromium", path, cookies);
  await writeFile(join(path, "Local State"), "{}");
}

/** Makes a cookie of a Chromium profile one that only a keyring opens. */
export function lockCookie(path: string, name: string): void {
  using database = openSqlite(join(path, "Default", "Cookies"), { readOnly: false });
  const statement = database.prepare(
    "UPDATE cookies SET value = '', encrypted_value = :bytes WHERE name = :name",
  );
  statement.run({ bytes: Buffer.concat([Buffer.from("v11"), Buffer.alloc(48, 7)]), name });
}

/** Lets every cookie of a Firefox profile, or one of them, end in the past. */
export function expireCookies(path: string, name: string | null = null): void {
  using database = openSqlite(join(path, "cookies.sqlite"), { readOnly: false });
  database
    .prepare("UPDATE moz_cookies SET expiry = 1000000 WHERE :name IS NULL OR name = :name")
    .run({ name });
}
