import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "../../scripts/programs.ts";
import type { BrowserKind } from "../../src/browser/databases/profile.ts";
import { connectBrowser } from "../../src/browser/live/connect.ts";
import { start } from "../support/run.ts";

/** A real browser on a profile. */
export interface RunningBrowser extends AsyncDisposable {
  /** For `--connect`. */
  readonly url: string;
  readonly pid: number;
  /** Ends it the way that writes everything to the profile. */
  stop(): Promise<void>;
}

const PROGRAMS = { chromium: ["chromium"], firefox: ["firefox-esr", "firefox"] } as const;
const START_MS = 45_000;
const STOP_MS = 20_000;
const PAUSE_MS = 50;

/** Which browsers are installed; says what is skipped for one that is not. */
export async function installedBrowsers(): Promise<readonly BrowserKind[]> {
  const found: BrowserKind[] = [];
  for (const kind of ["chromium", "firefox"] as const) {
    if ((await programOf(kind)) !== null) found.push(kind);
    else process.stdout.write(`skipped: ${PROGRAMS[kind][0]} is not installed (npm run tools)\n`);
  }
  return found;
}

/** Starts a browser that brings its session cookies back, without a window, on a port of its own choice. */
export async function startBrowser(kind: BrowserKind, profile: string): Promise<RunningBrowser> {
  const program = await programOf(kind);
  if (program === null) throw new Error(`${kind} is not installed`);
  await keepSession(kind, profile);
  const portFile = join(profile, kind === "chromium" ? "DevToolsActivePort" : "WebDriverBiDiServer.json");
  await rm(portFile, { force: true });
  const child = start(program, argumentsFor(kind, profile), { env: { ...process.env, HOME: profile } });
  const state = { isOver: false };
  const ended = child.ended.finally(() => (state.isOver = true));
  ended.catch(() => undefined);
  let url = "";
  const stop = async (): Promise<void> => {
    // On a signal Firefox does not write its session.
    if (kind === "firefox") await quit(url);
    else child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  };
  for (const until = Date.now() + START_MS; Date.now() < until && !state.isOver; await delay(PAUSE_MS)) {
    const port = portIn(await readFile(portFile, "utf8").catch(() => ""));
    if (port === null) continue;
    url = `http://127.0.0.1:${port}`;
    return {
      url,
      pid: child.pid,
      stop,
      // Nobody looks at the profile any more.
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await ended.catch(() => undefined);
      },
    };
  }
  child.kill("SIGKILL");
  throw new Error(`${kind} did not start: ${(await child.ended).stderr.slice(-2000)}`);
}

async function quit(url: string): Promise<void> {
  await using connection = await connectBrowser(url, { signal: AbortSignal.timeout(STOP_MS) });
  await connection.socket.request("browser.close", {});
}

async function programOf(kind: BrowserKind): Promise<string | null> {
  for (const name of PROGRAMS[kind]) {
    const path = await findProgram(name);
    if (path !== null) return path;
  }
  return null;
}

async function keepSession(kind: BrowserKind, profile: string): Promise<void> {
  if (kind === "firefox") {
    await mkdir(profile, { recursive: true });
    // Being driven, Firefox would not restore its session otherwise.
    const preferences = { "remote.prefs.recommended": false, "browser.startup.page": 3 };
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
    await writeFile(join(profile, "user.js"), lines.join(""));
    return;
  }
  await mkdir(join(profile, "Default"), { recursive: true });
  const preferences = JSON.stringify({ session: { restore_on_startup: 1 } });
  await writeFile(join(profile, "Default", "Preferences"), preferences, { flag: "wx" }).catch(
    () => undefined,
  );
}

function argumentsFor(kind: BrowserKind, profile: string): string[] {
  if (kind === "firefox") {
    return ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
  }
  return [
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
  ];
}

function portIn(text: string): number | null {
  const port = /^\d+/.exec(text)?.[0] ?? /"ws_port":\s*(\d+)/.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}
