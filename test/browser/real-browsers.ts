import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";

/** Opens a page in a real browser on a profile, waits for its title, and ends the browser as a user does. */
export type Visit = (profile: string, url: string, home: string) => Promise<string>;

const WAIT_MS = 40_000;

const CHROMIUM_FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium, through Playwright. */
export const visitWithChromium: Visit = async (profile, url, home) => {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: (await findProgram("chromium")) ?? "",
    args: CHROMIUM_FLAGS,
    env: { ...process.env, HOME: home },
    timeout: WAIT_MS,
  });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(`document.title !== "wait"`, null, { timeout: WAIT_MS });
    return await page.title();
  } finally {
    await browser.close();
  }
};

/** Nothing that talks to other machines, and nothing that a driver sets by itself. */
const FIREFOX_PREFERENCES: Readonly<Record<string, boolean | string>> = {
  "app.update.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "remote.prefs.recommended": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/** Firefox, through WebDriver BiDi. */
export const visitWithFirefox: Visit = async (profile, url, home) => {
  await mkdir(profile, { recursive: true });
  const lines = Object.entries(FIREFOX_PREFERENCES).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, "user.js"), lines.join(""));
  const program = (await findProgram("firefox-esr")) ?? "firefox";
  const words = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"];
  const child = spawn(program, words, {
    env: { ...process.env, HOME: home },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), WAIT_MS);
  try {
    const call = await openBidi(await addressOf(child));
    await call("session.new", { capabilities: {} });
    const { context } = await call("browsingContext.create", { type: "tab" });
    await call("browsingContext.navigate", { context, url, wait: "complete" });
    const expression = `new Promise((resolve) => {
      const look = () => document.title === "wait" ? setTimeout(look, 20) : resolve(document.title);
      look();
    })`;
    const target = { context };
    const evaluated = await call("script.evaluate", { expression, target, awaitPromise: true });
    await call("browser.close", {});
    await ended;
    return String((evaluated["result"] as { readonly value: unknown }).value);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await ended;
  }
};

async function addressOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const address = /ws:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`firefox ended: ${said}`)));
  });
}

type Call = (
  method: string,
  params: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

async function openBidi(address: string): Promise<Call> {
  const socket = new WebSocket(`${address}/session`);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("no connection to firefox")), { once: true });
  });
  let calls = 0;
  return async (method, params) => {
    const id = ++calls;
    const answer = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const listen = ({ data }: MessageEvent): void => {
        const message = JSON.parse(String(data)) as {
          readonly id?: number;
          readonly result?: Readonly<Record<string, unknown>>;
        };
        if (message.id !== id) return;
        socket.removeEventListener("message", listen);
        if (message.result === undefined) reject(new Error(`${method}: ${String(data)}`));
        else resolve(message.result);
      };
      socket.addEventListener("message", listen);
      socket.addEventListener("close", () => reject(new Error(`${method}: firefox has gone`)), {
        once: true,
      });
    });
    socket.send(JSON.stringify({ id, method, params }));
    return await answer;
  };
}
