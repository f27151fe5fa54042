import { chromium, type Page } from "playwright-core";
import { findProgram } from "../scripts/programs.ts";

/** What the page says about the login: {@link LOGGED_IN} or why not. */
export type LoginStatus = string;

/** What the page says once cookie, localStorage and IndexedDB are all there. */
export const LOGGED_IN = "logged in as ada";

/** One look at the app. */
export interface Visit {
  readonly url: string;
  /** Home folder of the browser, so that the few files it keeps there stay out of the real one. */
  readonly home: string;
  /** Closes the browser when aborted. */
  readonly signal: AbortSignal;
}

const WAIT_MS = 30_000;

/** Quiet: no first-run page, no updates, nothing that talks to other machines. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Logs in with a browser that keeps its profile in `profile`. */
export async function logIn(profile: string, visit: Visit): Promise<LoginStatus> {
  return await withPage(profile, visit, async (page) => {
    await page.getByLabel("Name").fill("ada");
    await page.getByRole("button", { name: "Log in" }).click();
    return await statusOf(page);
  });
}

/** What a browser started on `profile` sees. The profile is made when there is none. */
export async function lookAt(profile: string, visit: Visit): Promise<LoginStatus> {
  return await withPage(profile, visit, statusOf);
}

/** Starts a browser, and closes it the way that writes everything to its profile. */
async function withPage<Result>(
  profile: string,
  { url, home, signal }: Visit,
  use: (page: Page) => Promise<Result>,
): Promise<Result> {
  const executablePath = await findProgram("chromium");
  if (executablePath === null) throw new Error("chromium is not installed: run npm start, which says how");
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: FLAGS,
    env: { ...process.env, HOME: home },
    // The demo cleans up by itself when it is interrupted.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: WAIT_MS,
  });
  let closed: Promise<void> | null = null;
  // Once: a second call would return before the browser has written its profile and is gone.
  const close = (): Promise<void> => (closed ??= browser.close());
  const closeEarly = (): void => void close();
  signal.addEventListener("abort", closeEarly);
  try {
    signal.throwIfAborted();
    const page = browser.pages()[0] ?? (await browser.newPage());
    await page.goto(url);
    return await use(page);
  } finally {
    signal.removeEventListener("abort", closeEarly);
    await close();
  }
}

async function statusOf(page: Page): Promise<LoginStatus> {
  const status = page.locator("#status").filter({ hasText: /./ });
  return (await status.textContent({ timeout: WAIT_MS })) ?? "";
}
