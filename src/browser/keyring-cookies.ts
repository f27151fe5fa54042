import { copyFileSync, existsSync, lstatSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BrowserProfile } from "./find-profiles.ts";
import { keepingTimes } from "./replace-file.ts";
import { openSqlite } from "./sqlite.ts";

/** More than this is not cookies, and not worth the wait. */
const MAX_DATABASE_BYTES = 256 * 1024 * 1024;

/**
 * The sites with cookies in a Chromium profile that only a keyring of the old machine can read (`v11`).
 * Chromium would delete all cookies of such a site. Hosts as they are stored, sorted; values are not
 * looked at.
 *
 * @param path where the profile is now, out of the reach of a browser; nothing in it is changed
 */
export function keyringSites(path: string, { profiles }: Pick<BrowserProfile, "profiles">): string[] {
  const sites = new Set<string>();
  for (const profile of profiles) {
    for (const name of ["Cookies", join("Network", "Cookies")]) {
      for (const site of sitesIn(join(path, profile, name))) sites.add(site);
    }
  }
  return [...sites].sort();
}

const QUERY =
  "SELECT DISTINCT host_key FROM cookies WHERE substr(encrypted_value, 1, 3) = CAST('v11' AS BLOB)";

function sitesIn(database: string): string[] {
  const stats = lstatSync(database, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > MAX_DATABASE_BYTES) return [];
  try {
    return keepingTimes(dirname(database), () => readCopy(database));
  } catch {
    return []; // not a database of cookies: the browser makes a new one, and no key matters
  }
}

/** A copy, because opening a database can change it: a journal that the browser left is rolled back. */
function readCopy(database: string): string[] {
  // In the profile: if this process is killed, the copy goes with the unfinished restore.
  const folder = mkdtempSync(join(dirname(database), ".holdfast-"));
  try {
    const copy = join(folder, "Cookies");
    for (const end of ["", "-journal", "-wal"]) {
      if (existsSync(database + end)) copyFileSync(database + end, copy + end);
    }
    const opened = openSqlite(copy, { readOnly: false });
    try {
      return opened
        .prepare(QUERY)
        .all()
        .map((row) => String(row["host_key"]));
    } finally {
      opened.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
