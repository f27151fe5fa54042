import { mkdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { profiles } from "../../src/operations/profiles.ts";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { ALL_PARTS, LASTING_PARTS, startLoginApp } from "../browser/login-app.ts";
import { type Visit, visitWithChromium, visitWithFirefox } from "../browser/real-browsers.ts";
import { lockChromium } from "../browser/trees.ts";
import { LONG } from "../support/long.ts";
import { openTestState } from "./state.ts";

const BROWSERS: readonly (readonly [name: string, program: string, visit: Visit])[] = [
  ["Chromium", "chromium", visitWithChromium],
  ["Firefox", "firefox-esr", visitWithFirefox],
];

const NEWER_FIREFOX = "[Compatibility]\nLastVersion=999.0_20991231000000/20991231000000\n";

for (const [name, program, visit] of BROWSERS) {
  const isThere = (await findProgram(program)) !== null;
  if (!isThere) process.stdout.write(`skipped: ${program} is not installed (npm run tools)\n`);

  test.skipIf(!isThere)(
    `${name}: a login survives presets and another place, session cookies on demand`,
    async () => {
      await using app = await startLoginApp();
      await using state = await openTestState();
      const home = state.temporary.at("home");
      await mkdir(home);
      expect(await visit(state.at("profile"), `${app.url}/login`, home)).toBe(ALL_PARTS);
      await writeFile(state.at("profile/fingerprint.json"), "{}");
      if (visit === visitWithFirefox) await state.write("profile/compatibility.ini", NEWER_FIREFOX);
      const [known] = await profiles({ state: [state.folder] });
      process.stdout.write(`${name} ${known?.version}: ${JSON.stringify(known?.bytes)} bytes\n`);
      const saved = await save({ ...state.access, ...state.request });
      await rm(state.folder, { recursive: true });

      const places = { ...state.access, ...state.request };
      const plain = state.temporary.at("plain");
      const [found] = (await restore({ ...places, to: plain })).profiles;
      expect(found).toMatchObject({
        path: `${plain}/profile`,
        keyring_sites: [],
        session_cookies_kept: null,
      });
      // Firefox would end at once, had the restore not seen to it
      expect(found?.newer).toBe(visit === visitWithFirefox);
      expect(await visit(`${plain}/profile`, app.url, home)).toBe(LASTING_PARTS);

      const kept = state.temporary.at("kept");
      const result = await restore({ ...places, to: kept, keepSessionCookies: true });
      expect(result).toMatchObject({ snapshot: saved.snapshot, profiles: [{ session_cookies_kept: true }] });
      expect(await visit(`${kept}/profile`, app.url, home)).toBe(ALL_PARTS);
      if (LONG) expect(await visit(`${kept}/profile`, app.url, home)).toBe(ALL_PARTS);
    },
  );
}

const hasChromium = (await findProgram("chromium")) !== null;

test.skipIf(!hasChromium)(
  "Chromium starts although the snapshot holds the lock of another machine, and locked cookies are told of",
  async () => {
    await using app = await startLoginApp();
    await using state = await openTestState();
    const home = state.temporary.at("home");
    await mkdir(home);
    await visitWithChromium(state.at("profile"), `${app.url}/login`, home);
    await lockChromium(state.at("profile"));
    lockCookieInKeyring(state.at("profile/Default/Cookies"));
    await save({ ...state.access, ...state.request, wholeProfiles: true });
    const restored = await restore({ ...state.access, ...state.request, force: true });
    expect(restored.profiles).toMatchObject([
      {
        removed_locks: ["SingletonLock", "SingletonSocket", "SingletonCookie"],
        keyring_sites: [".other.example"],
      },
    ]);
    expect(await visitWithChromium(state.at("profile"), app.url, home)).toBe(LASTING_PARTS);
  },
);

/** One more cookie, of another site, as a Chromium with a keyring writes it. */
function lockCookieInKeyring(path: string): void {
  const database = openSqlite(path, { readOnly: false });
  database.exec(`
    CREATE TEMP TABLE one AS SELECT * FROM cookies WHERE name = 'cookie';
    UPDATE one SET host_key = '.other.example', value = '', encrypted_value = CAST('v11 0123456789abcdef' AS BLOB);
    INSERT INTO cookies SELECT * FROM one;
  `);
  database.close();
}
