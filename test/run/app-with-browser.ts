import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "../../scripts/programs.ts";
import type { BrowserKind } from "../../src/browser/find-profiles.ts";

/** An app, the first of a group of its own, that has started a real browser and waits. */
export interface AppWithBrowser extends AsyncDisposable {
  readonly pid: number;
  /** Where its browser can be driven. */
  readonly address: string;
  /** To the app only. */
  kill(signal: NodeJS.Signals): void;
}

const START_MS = 45_000;
const PAUSE_MS = 50;

const BROWSERS = {
  chromium: {
    program: "chromium",
    portFile: "DevToolsActivePort",
    words: (profile: string) => [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--password-store=basic",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
  },
  firefox: {
    program: "firefox-esr",
    portFile: "WebDriverBiDiServer.json",
    words: (profile: string) => [
      "--headless",
      "--no-remote",
      "--profile",
      profile,
      "--remote-debugging-port",
      "0",
      "about:blank",
    ],
  },
} as const;

/** Starts the app, and waits until its browser can be driven. A shell starts it, in the background. */
export async function startAppWithBrowser(kind: BrowserKind, profile: string): Promise<AppWithBrowser> {
  const { program, portFile, words } = BROWSERS[kind];
  await mkdir(profile, { recursive: true });
  await rm(join(profile, portFile), { force: true }); // of an earlier start
  const path = (await findProgram(program)) ?? (await findProgram("firefox")) ?? program;
  const child = spawn("/bin/sh", ["-c", '"$@" & wait', "sh", path, ...words(profile)], {
    detached: true,
    env: { ...process.env, HOME: profile },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  for (const endMs = Date.now() + START_MS; Date.now() < endMs; await delay(PAUSE_MS)) {
    const port = portIn(await readFile(join(profile, portFile), "utf8").catch(() => ""));
    if (port === null) continue;
    return {
      pid: child.pid ?? -1,
      address: `http://127.0.0.1:${port}`,
      kill: (signal) => void child.kill(signal),
      [Symbol.asyncDispose]: async () => await end(child, ended),
    };
  }
  await end(child, ended);
  throw new Error(`${kind} did not start`);
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  try {
    process.kill(-(child.pid ?? 0), "SIGKILL");
  } catch {
    // the whole group has ended
  }
  await ended;
}

/** The first line of Chromium's file, a field of Firefox's. */
function portIn(text: string): string | null {
  return /^(\d+)\n/.exec(text)?.[1] ?? /"ws_port":\s*(\d+)/.exec(text)?.[1] ?? null;
}
