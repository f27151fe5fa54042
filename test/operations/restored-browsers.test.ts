import { mkdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
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
      const saved = await save({ ...state.access, ...state.request });
      await rm(state.folder, { recursive: true });

      const places = { ...state.access, ...state.request };
      const plain = state.temporary.at("plain");
      const [found] = (await restore({ ...places, to: plain })).profiles;
      expect(found).toMatchObject({ path: `${plain}/profile`, newer: false, session_cookies_kept: null });
      expect(found?.installed_version).toBe(found?.version);
      expect(await visit(`${plain}/profile`, app.url, home)).toBe(LASTING_PARTS);

      const kept = state.temporary.at("kept");
      const result = await restore({ ...places, to: kept, keepSessionCookies: true });
      expect(result).toMatchObject({ snapshot: saved.snapshot, profiles: [{ session_cookies_kept: true }] });
      expect(await visit(`${kept}/profile`, app.url, home)).toBe(ALL_PARTS);
      if (LONG) expect(await visit(`${kept}/profile`, app.url, home)).toBe(ALL_PARTS);
    },
  );
}

const hasFirefox = (await findProgram("firefox-esr")) !== null;

test.skipIf(!hasFirefox)(
  "Firefox starts on a profile of a newer one, and the restore tells of it",
  async () => {
    await using app = await startLoginApp();
    await using state = await openTestState();
    const home = state.temporary.at("home");
    await mkdir(home);
    await visitWithFirefox(state.at("profile"), `${app.url}/login`, home);
    await state.write(
      "profile/compatibility.ini",
      "[Compatibility]\nLastVersion=999.0_20991231000000/20991231000000\n",
    );
    await save({ ...state.access, ...state.request });
    const { profiles } = await restore({ ...state.access, ...state.request, force: true });
    expect(profiles).toMatchObject([{ browser: "firefox", version: "999.0", newer: true }]);
    expect(await visitWithFirefox(state.at("profile"), app.url, home)).toBe(LASTING_PARTS);
  },
);

const hasChromium = (await findProgram("chromium")) !== null;

test.skipIf(!hasChromium)(
  "Chromium starts although the snapshot holds the lock of another machine",
  async () => {
    await using app = await startLoginApp();
    await using state = await openTestState();
    const home = state.temporary.at("home");
    await mkdir(home);
    await visitWithChromium(state.at("profile"), `${app.url}/login`, home);
    await lockChromium(state.at("profile"));
    await save({ ...state.access, ...state.request, wholeProfiles: true });
    const { profiles } = await restore({ ...state.access, ...state.request, force: true });
    expect(profiles).toMatchObject([
      { removed_locks: ["SingletonLock", "SingletonSocket", "SingletonCookie"] },
    ]);
    expect(await visitWithChromium(state.at("profile"), app.url, home)).toBe(LASTING_PARTS);
  },
);
