import { chromium, type BrowserContext, type Page } from "playwright-core";
import { findProgram } from "../scripts/programs.ts";

/** What the page says about the login: {@link LOGGED_IN} or why not. */
export type LoginStatus = string;

/** What the page says once cookie, localStorage and IndexedDB are all there. */
export const LOGGED_IN = "logged in as ada";

/** One look at the app. */
export interface Visit {
  readonly url: string;
  /** Home and temporary folder of the browser, so that the few files it keeps there stay out of the real ones. */
  readonly home: string;
  /** Nothing is begun when aborted. */
  readonly signal: AbortSignal;
}

/** A browser that runs and shows the app. Disposed of, it is closed, and has written all to its profile. */
export interface RunningBrowser extends AsyncDisposable {
  /** Fills in the form. */
  logIn(): Promise<LoginStatus>;
  /** Loads the page once more and reads what it says. */
  look(): Promise<LoginStatus>;
  /** Makes the app change its cookies often, which leads Chromium to write them at once. */
  changeCookies(): Promise<void>;
  /** Kills it, without a chance to write anything. */
  kill(): Promise<void>;
}

const WAIT_MS = 30_000;
/** Chromium writes cookies to its disk after 30 s or after this many changes. */
const CHANGES = 512;

/** Quiet: no first-run page, no updates, nothing that talks to other machines. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a browser that keeps its profile in `profile`, which is made when there is none. */
export async function startBrowser(profile: string, visit: Visit): Promise<RunningBrowser> {
  const { url, home, signal } = visit;
  const executablePath = await findProgram("chromium");
  if (executablePath === null) throw new Error("chromium is not installed: run npm start, which says how");
  signal.throwIfAborted();
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: FLAGS,
    env: { ...process.env, HOME: home, TMPDIR: home },
    // The demo cleans up by itself when it is interrupted.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: WAIT_MS,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  let ended: Promise<void> | null = null;
  return {
    logIn: async () => {
      await page.getByLabel("Name").fill("ada");
      await page.getByRole("button", { name: "Log in" }).click();
      return await statusOf(page);
    },
    look: async () => {
      await page.goto(url);
      return await statusOf(page);
    },
    changeCookies: async () =>
      await page.evaluate(
        `for (let i = 0; i < ${CHANGES}; i++) document.cookie = "seen=" + i + "; max-age=60"`,
      ),
    kill: async () => await (ended ??= kill(context)),
    // Once: a second call would return before the browser has written its profile and is gone.
    [Symbol.asyncDispose]: async () => await (ended ??= context.close()),
  };
}

/** What a browser started on `profile` sees. The profile is made when there is none. */
export async function lookAt(profile: string, visit: Visit): Promise<LoginStatus> {
  await using browser = await startBrowser(profile, visit);
  return await browser.look();
}

async function kill(context: BrowserContext): Promise<void> {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  const main = processInfo.find(({ type }) => type === "browser");
  if (main === undefined) throw new Error("chromium does not say which its main process is");
  const gone = context.waitForEvent("close", { timeout: WAIT_MS });
  process.kill(main.id, "SIGKILL");
  await gone;
}

async function statusOf(page: Page): Promise<LoginStatus> {
  const status = page.locator("#status").filter({ hasText: /./ });
  return (await status.textContent({ timeout: WAIT_MS })) ?? "";
}
