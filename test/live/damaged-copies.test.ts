import { cpSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { BROWSERS, type BrowserKind, findBrowser } from "./browsers.ts";
import { gatherEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { startSite } from "./site.ts";
import { startWriter } from "./writer.ts";

/** Does to a copy of a profile what must not go unseen. */
interface Damage {
  readonly what: string;
  readonly faults: readonly RegExp[];
  readonly inflict: (profile: string) => void;
}

const DAMAGES: Readonly<Record<BrowserKind, readonly Damage[]>> = {
  chromium: [
    {
      what: "no IndexedDB, no localStorage, a login less, a page of SQLite overwritten",
      faults: [
        /^SQLite: .*History/,
        /^indexedDb: lost, 0/,
        /^localStorage: lost, 0/,
        /^cookie: login 0 is lost/,
      ],
      inflict: (profile) => {
        for (const folder of ["IndexedDB", "Local Storage"])
          rmSync(join(profile, "Default", folder), { recursive: true });
        deleteLogin(join(profile, "Default", "Cookies"), "cookies");
        overwritePage(join(profile, "Default", "History"));
      },
    },
    {
      what: "the lock of a browser on another machine",
      faults: [/^does not open/],
      inflict: (profile) => symlinkSync("elsewhere-1", join(profile, "SingletonLock")),
    },
  ],
  firefox: [
    {
      what: "no IndexedDB, no localStorage, a login less, a page of SQLite overwritten",
      faults: [
        /^SQLite: .*permissions/,
        /^indexedDb: lost, 0/,
        /^localStorage: lost, 0/,
        /^cookie: login 0 is lost/,
      ],
      inflict: (profile) => {
        for (const store of ["idb", "ls"])
          for (const folder of globSync(`storage/default/*/${store}`, { cwd: profile }))
            rmSync(join(profile, folder), { recursive: true });
        deleteLogin(join(profile, "cookies.sqlite"), "moz_cookies");
        overwritePage(join(profile, "permissions.sqlite"));
      },
    },
    {
      what: "a profile that a newer version has used",
      faults: [/^does not open/],
      inflict: (profile) =>
        writeFileSync(
          join(profile, "compatibility.ini"),
          "[Compatibility]\nLastVersion=999.0_20990101000000/20990101000000\n",
        ),
    },
  ],
};

for (const kind of BROWSERS) {
  const program = await findBrowser(kind);
  test.skipIf(program === null)(`a damaged copy of a ${kind} profile is found out`, async () => {
    if (program === null) return;
    await using site = await startSite();
    await using folder = await temporaryFolder();
    const [profile, home] = [folder.at("profile"), folder.at("home")];
    await using writer = await startWriter(kind, site, { program, profile, home });
    await writer.logIn();
    // Only what was written before can be found to be lost.
    do await writer.look();
    while (Object.values(writer.moments.at(-1)?.written ?? {}).some((last) => last === 0));
    const savedAtMs = performance.now();
    await writer.browser.close();
    for (const [number, { what, faults, inflict }] of DAMAGES[kind].entries()) {
      const copy = folder.at(`copy-${number}`);
      cpSync(profile, copy, { recursive: true, verbatimSymlinks: true });
      inflict(copy);
      const evidence = await gatherEvidence(copy, { kind, program, home, site, logins: [0] });
      const { logins, moments } = writer;
      const verdict = judge(evidence, { kind, logins, moments, savedAtMs, closed: true });
      for (const fault of faults)
        expect(verdict.faults, what).toContainEqual(expect.stringMatching(fault) as string);
    }
  });
}

function deleteLogin(path: string, table: string): void {
  using database = new DatabaseSync(path);
  expect(database.prepare(`DELETE FROM ${table} WHERE name = 'login0'`).run().changes).toBe(1);
}

/** Overwrites the beginning of the second page, whose size is in the header. */
function overwritePage(path: string): void {
  const bytes = readFileSync(path);
  const pageBytes = bytes.readUInt16BE(16);
  writeFileSync(path, bytes.fill(0xff, pageBytes, pageBytes + 512));
}
