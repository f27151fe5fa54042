import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import type { BrowserKind } from "../../src/browser/find-profiles.ts";
import type { CookieStatusResult } from "../../src/operations/cookies/cookie-status.ts";
import { openBrowser, startWatchedApp } from "./running-browser.ts";
import { openWorkbench } from "./workbench.ts";

const chromium = await findProgram("chromium");
const firefox = await findProgram("firefox-esr");
const missing = [chromium === null ? "chromium" : [], firefox === null ? "firefox-esr" : []].flat();
if (missing.length > 0)
  process.stdout.write(`skipped: ${missing.join(", ")} not installed (npm run tools)\n`);
const PROGRAMS = { chromium: chromium ?? "", firefox: firefox ?? "" };

test.skipIf(missing.length > 0).each([
  ["chromium", "firefox"],
  ["firefox", "chromium"],
] as const)(
  "cookies of a file log a fresh %s in; from there, running, they log a fresh %s in",
  { timeout: 240_000 },
  async (first, second) => {
    await using bench = await openWorkbench();
    await using app = await startWatchedApp();
    const holdfast = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await bench.run(["cookies", ...args]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      return stdout;
    };
    const visit = async (kind: BrowserKind) => {
      const asked = app.nextStatus();
      const place = { profile: bench.at("data", kind), home: bench.path, url: app.url };
      const browser = await openBrowser(kind, PROGRAMS[kind], place);
      return { browser, status: await asked };
    };
    const session = { name: "session", value: await app.logIn(), domain: "127.0.0.1", path: "/" };
    // One that ends with the session of the browser: a new profile keeps even those.
    const cookie = { ...session, expires: -1, httpOnly: true, secure: false, sameSite: "Strict" };
    await writeFile(bench.at("login.json"), JSON.stringify({ cookies: [cookie], origins: [] }));
    await holdfast("import", "login.json", "--fresh", first);
    const one = await visit(first);
    {
      await using browser = one.browser;
      expect(one.status, `${first} is logged in`).toBe(204);
      await holdfast("export", "--connect", browser.address, "--out", "live.json");
      const status = await holdfast(
        "status",
        "--connect",
        browser.address,
        "--json",
        "--watch",
        "127.0.0.1:session",
      );
      expect((JSON.parse(status) as CookieStatusResult).watched).toMatchObject([{ logged_in: true }]);
    }
    await holdfast("import", "live.json", "--fresh", second);
    const two = await visit(second);
    await using _browser = two.browser;
    expect(two.status, `${second} is logged in`).toBe(204);
  },
);

test.skipIf(missing.length > 0).each(["chromium", "firefox"] as const)(
  "a running %s is given cookies, and its profile on the disk is left alone",
  { timeout: 240_000 },
  async (kind) => {
    await using bench = await openWorkbench();
    await using app = await startWatchedApp();
    const place = { profile: bench.at("data", kind), home: bench.path, url: "about:blank" };
    await mkdir(place.profile, { recursive: true });
    await using browser = await openBrowser(kind, PROGRAMS[kind], place);
    const cookie = { name: "session", value: await app.logIn(), domain: "127.0.0.1", path: "/" };
    const file = { cookies: [{ ...cookie, expires: -1 }], origins: [] };
    await writeFile(bench.at("login.json"), JSON.stringify(file));
    const refused = await bench.run(["cookies", "import", "login.json", "--json"]);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "PROFILE_IN_USE" } });
    expect(refused.status).toBe(6);
    const imported = await bench.run(["cookies", "import", "login.json", "--connect", browser.address]);
    expect(imported).toMatchObject({ status: 0, stdout: `imported 1 cookie into ${browser.address}\n` });
    const { stdout } = await bench.run(["cookies", "export", "--connect", browser.address, "--out", "-"]);
    expect(stdout).toContain(cookie.value);
  },
);
