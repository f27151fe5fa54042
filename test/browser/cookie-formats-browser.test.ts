import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { type CookieData, launch } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import type { Cookie, CookieJar } from "../../src/browser/cookie.ts";
import { formatCookies, parseCookies } from "../../src/browser/formats/cookie-files.ts";
import { fitJar } from "../../src/browser/formats/fitting.ts";
import { anyCookie } from "./arbitrary-cookies.ts";
import { PROJECTIONS } from "./projections.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

/** Playwright and Puppeteer themselves, with a real Chromium, read what we write and write what we read. */

const executablePath = await findProgram("chromium");
if (executablePath === null) console.log("chromium is not installed: it does not judge storage states");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const DAY_MS = 86_400_000;

describe.skipIf(executablePath === null)("Chromium", () => {
  let home: TemporaryFolder;
  let browser: Browser;

  beforeAll(async () => {
    home = await temporaryFolder();
    const env = { ...process.env, HOME: home.path };
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS, env });
  });
  afterAll(async () => {
    await browser.close();
    await home[Symbol.asyncDispose]();
  });

  test("Playwright takes a storage state of ours, and what it gives back is the same jar", async () => {
    const jar = fitJar({ cookies: livingCookies(300), localStorage: [] }, "playwright").jar;
    const context = await browser.newContext({ storageState: stateOf(jar) });
    const back = parseCookies(JSON.stringify(await context.storageState()), "playwright");
    await context.close();
    expect(jar.cookies.length).toBeGreaterThan(200);
    expect(sorted(back.cookies)).toEqual(sorted(PROJECTIONS.playwright(jar).cookies.map(asPlaywrightSays)));
  });

  test("Playwright puts localStorage in its place, and gives it back", async () => {
    await using site = await emptySite();
    const items = [
      { name: "token", value: '文 "🍪"\n' },
      { name: "", value: "" },
    ];
    const jar: CookieJar = { cookies: [], localStorage: [{ origin: site.origin, items }] };
    const context = await browser.newContext({ storageState: stateOf(jar) });
    const page = await context.newPage();
    await page.goto(site.origin);
    expect(await page.evaluate("({ ...localStorage })")).toEqual({ token: '文 "🍪"\n', "": "" });
    await page.evaluate("localStorage.setItem('new', 'added')");
    const { localStorage } = parseCookies(JSON.stringify(await context.storageState()));
    await context.close();
    expect(localStorage).toHaveLength(1);
    expect(localStorage[0]?.items.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "", value: "" },
      { name: "new", value: "added" },
      { name: "token", value: '文 "🍪"\n' },
    ]);
  });

  test("Puppeteer takes cookies of ours, and what it gives back is the same jar", async () => {
    await using profile = await temporaryFolder();
    const other = await launch({
      executablePath: executablePath ?? "",
      args: FLAGS,
      userDataDir: profile.path,
      env: { ...process.env, HOME: profile.path },
    });
    try {
      const jar = fitJar({ cookies: livingCookies(300), localStorage: [] }, "puppeteer").jar;
      await other.setCookie(...(JSON.parse(formatCookies(jar, "puppeteer")) as CookieData[]));
      const back = parseCookies(JSON.stringify(await other.cookies()), "puppeteer");
      expect(jar.cookies.length).toBeGreaterThan(200);
      expect(sorted(back.cookies)).toEqual(sorted(PROJECTIONS.puppeteer(jar).cookies));
    } finally {
      await other.close();
    }
  });
});

/** Cookies of no container, in any of the ways that Chromium keeps, and that do not end today. */
function livingCookies(count: number): readonly Cookie[] {
  return fc.sample(anyCookie, { numRuns: count, seed: 11 }).map(living);
}

function living(cookie: Cookie, index: number): Cookie {
  const expiresMs = cookie.expiresMs === null ? null : Date.now() + DAY_MS + index * 1234;
  return { ...cookie, name: `${cookie.name}${index}`, expiresMs, container: 0 };
}

/** Playwright calls a cookie "Lax" whose site did not say. */
function asPlaywrightSays(cookie: Cookie): Cookie {
  return { ...cookie, sameSite: cookie.sameSite ?? "lax" };
}

function stateOf(jar: CookieJar): NonNullable<BrowserContextOptions["storageState"]> {
  return JSON.parse(formatCookies(jar, "playwright")) as NonNullable<BrowserContextOptions["storageState"]>;
}

function sorted(cookies: readonly Cookie[]): readonly Cookie[] {
  return [...cookies].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function emptySite(): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>x</title>"),
  );
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
