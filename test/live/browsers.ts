import { readdirSync, readFileSync } from "node:fs";
import { findProgram } from "../../scripts/programs.ts";

/** The browsers that are tested. */
export const BROWSERS = ["chromium", "firefox"] as const;

/** One of {@link BROWSERS}. */
export type BrowserKind = (typeof BROWSERS)[number];

/** A page of a running browser. */
export interface LivePage {
  goto(url: string): Promise<void>;
  /** Evaluates an expression of JavaScript; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A browser that runs on a profile of its own. */
export interface LiveBrowser extends AsyncDisposable {
  readonly kind: BrowserKind;
  readonly page: LivePage;
  newPage(): Promise<LivePage>;
  /** Ends it through its protocol, as a user who closes the window. */
  close(): Promise<void>;
}

const WAIT_MS = 60_000;

/** Pages in the background may do as much as those in front; Chromium is told so by its driver. */
const FIREFOX_PREFERENCES = {
  "dom.min_background_timeout_value": 4,
  "dom.min_background_timeout_value_without_budget_throttling": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
};

/** What the driver does besides. */
export interface DriverOptions {
  /** End the browser when a signal ends this process, as drivers do by themselves. */
  readonly endsOnSignal: boolean;
}

/** Quiet: no first-run page, no updates, nothing that talks to other machines. */
const CHROMIUM_FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The program of a browser, or null; prints what is missing. */
export async function findBrowser(kind: BrowserKind): Promise<string | null> {
  const name = kind === "chromium" ? "chromium" : "firefox-esr";
  const path = await findProgram(name);
  if (path === null) process.stdout.write(`skipped: ${name} is not installed (npm run tools)\n`);
  return path;
}

/**
 * Starts a browser without a window.
 *
 * @param profile is made when it is not there
 * @param home where it may keep files of its own
 */
export async function openBrowser(
  kind: BrowserKind,
  program: string,
  profile: string,
  home: string,
  options: DriverOptions = { endsOnSignal: true },
): Promise<LiveBrowser> {
  return await (kind === "chromium" ? openChromium : openFirefox)(program, profile, home, options);
}

async function openChromium(
  program: string,
  profile: string,
  home: string,
  options: DriverOptions,
): Promise<LiveBrowser> {
  const { chromium } = await import("playwright-core");
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: CHROMIUM_FLAGS,
    env: { ...process.env, HOME: home },
    ...signalOptions(options),
    timeout: WAIT_MS,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const close = once(async () => await context.close());
  return {
    kind: "chromium",
    page: pageOf(page),
    newPage: async () => pageOf(await context.newPage()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function openFirefox(
  program: string,
  profile: string,
  home: string,
  options: DriverOptions,
): Promise<LiveBrowser> {
  const { launch } = await import("puppeteer-core");
  const browser = await launch({
    browser: "firefox",
    executablePath: program,
    userDataDir: profile,
    extraPrefsFirefox: FIREFOX_PREFERENCES,
    env: { ...process.env, HOME: home },
    ...signalOptions(options),
    timeout: WAIT_MS,
    protocolTimeout: WAIT_MS,
  });
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  const close = once(async () => await browser.close());
  return {
    kind: "firefox",
    page: pageOf(page),
    newPage: async () => pageOf(await browser.newPage()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Called alike by both drivers. */
function signalOptions({ endsOnSignal }: DriverOptions): {
  readonly handleSIGINT: boolean;
  readonly handleSIGTERM: boolean;
  readonly handleSIGHUP: boolean;
} {
  return { handleSIGINT: endsOnSignal, handleSIGTERM: endsOnSignal, handleSIGHUP: endsOnSignal };
}

/** What the two drivers have in common. */
interface DriverPage {
  goto(url: string, options: { readonly timeout: number }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

function pageOf(page: DriverPage): LivePage {
  return {
    goto: async (url) => void (await page.goto(url, { timeout: WAIT_MS })),
    evaluate: async (expression) => await page.evaluate(expression),
    close: async () => await page.close(),
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}

/** The main process of the browser that runs on a profile, the one that its user would stop. */
export function mainProcessOf(profile: string): number {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const words = commandLineOf(name);
    const isChild = words.some((word) => word.startsWith("--type=") || word === "-contentproc");
    if (!isChild && words.some((word) => word.endsWith(profile))) return Number(name);
  }
  throw new Error(`no browser runs on ${profile}`);
}

/** Empty when the process is gone. */
function commandLineOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
  } catch {
    return [];
  }
}
