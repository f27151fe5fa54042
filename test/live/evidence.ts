import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BrowserKind, openBrowser } from "./browsers.ts";
import type { Site } from "./site.ts";
import type { StoreName } from "./writer.ts";

/** What a fresh browser finds in one store. */
export interface StoreLook {
  /** The number of the last entry; 0 when there is none. */
  readonly last: number;
  /** What contradicts itself, or null. */
  readonly fault: string | null;
}

/** A login, and which parts of it a fresh browser finds. */
export interface LoginLook {
  readonly number: number;
  readonly cookie: boolean;
  readonly localStorage: boolean;
}

/** All that is known about one copy of a profile. */
export interface Evidence {
  /** Why no browser opens it, or null. */
  readonly doesNotOpen: string | null;
  readonly stores: Readonly<Record<StoreName, StoreLook>> | null;
  readonly logins: readonly LoginLook[];
  /** SQLite files with what `integrity_check` says about them. */
  readonly damagedDatabases: readonly string[];
  /** How many SQLite files were checked. */
  readonly databases: number;
}

/** What to look at, and with what. */
export interface LookOptions {
  readonly kind: BrowserKind;
  readonly program: string;
  readonly home: string;
  readonly site: Site;
  /** The logins to look for. */
  readonly logins: readonly number[];
}

/** Opens a copy of a profile in a fresh browser and looks at everything in it. The copy is used up. */
export async function gatherEvidence(profile: string, options: LookOptions): Promise<Evidence> {
  const { kind, program, home, site } = options;
  const databases = checkDatabases(profile);
  try {
    await using browser = await openBrowser(kind, program, profile, home);
    await browser.page.goto(site.url);
    const { cookies, ...stores } = (await browser.page.evaluate("look()")) as Record<StoreName, StoreLook> & {
      readonly cookies: Readonly<Record<string, string>>;
    };
    const logins: LoginLook[] = [];
    for (const number of options.logins) {
      await browser.page.goto(site.loginUrl(number));
      const item = await browser.page.evaluate(`localStorage.getItem("login")`);
      logins.push({
        number,
        cookie: cookies[`login${number}`] === "yes",
        localStorage: item === String(number),
      });
    }
    return { doesNotOpen: null, stores, logins, ...databases };
  } catch (error) {
    return { doesNotOpen: String(error), stores: null, logins: [], ...databases };
  }
}

const MAGIC = "SQLite format 3\0";

/** Asks SQLite about every database below a folder; works on copies, so that the browser recovers its own. */
function checkDatabases(folder: string): Pick<Evidence, "databases" | "damagedDatabases"> {
  const scratch = `${folder}.databases`;
  const damagedDatabases: string[] = [];
  let databases = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !readFileSync(path).subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) continue;
    databases++;
    for (const suffix of ["", "-wal", "-journal"])
      if (suffix === "" || existsSync(path + suffix))
        cpSync(path + suffix, join(scratch, basename(path) + suffix));
    const answer = integrityOf(join(scratch, basename(path)));
    if (answer !== "ok") damagedDatabases.push(`${path.slice(folder.length + 1)}: ${answer}`);
    rmSync(scratch, { recursive: true });
  }
  return { databases, damagedDatabases };
}

function integrityOf(path: string): string {
  try {
    using database = new DatabaseSync(path);
    const rows = database.prepare("PRAGMA integrity_check").all();
    return rows.map((row) => String(row["integrity_check"])).join("; ");
  } catch (error) {
    return String(error);
  }
}
