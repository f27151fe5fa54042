import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { BrowserKind } from "../../src/browser/find-profiles.ts";
import { loginHolds, parseLoginRule } from "../../src/run/login-rules.ts";
import { startLoginApp } from "../browser/login-app.ts";
import { installedBrowsers, startBrowser } from "../browser/running-browser.ts";
import { evaluateAt } from "../browser/visit.ts";
import { LONG } from "../support/long.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const WAIT_MS = 50_000;
const POLL_MS = 100;
const LIMIT = { timeout: 180_000 };

const installed = await installedBrowsers();
const onChromium = test.skipIf(!installed.includes("chromium"));
const onFirefox = test.skipIf(!installed.includes("firefox"));

onChromium("a login in a real Chromium is seen", LIMIT, () => seesLogin("chromium"));
onFirefox("a login in a real Firefox is seen", LIMIT, () => seesLogin("firefox"));

async function seesLogin(kind: BrowserKind): Promise<void> {
  await using site = await startLoginApp();
  await using folder = await temporaryFolder();
  await using browser = await startBrowser(kind, folder.at("data", "profile"));
  const signal = new AbortController().signal;
  const onDisk = { state: [folder.at("data")], folder: folder.path, connect: null, signal };
  const running = { ...onDisk, connect: browser.url };
  const rules = ["cookie", "session"].map((name) => parseLoginRule(`cookie:${name}@127.0.0.1`));
  for (const context of [onDisk, running]) expect(await loginHolds(rules, "any", context)).toBe(false);
  await evaluateAt({ kind, url: browser.url }, `${site.url}/login`, "0");
  expect(await loginHolds(rules, "all", running)).toBe(true);
  // On the disk: Firefox within a second, Chromium within 30, or when it ends.
  if (!LONG) await browser.stop();
  for (const endMs = Date.now() + WAIT_MS; !(await loginHolds(rules, "any", onDisk)); await delay(POLL_MS))
    if (Date.now() > endMs) throw new Error("it is not seen on the disk");
}
