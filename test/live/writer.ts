import { performance } from "node:perf_hooks";
import { type BrowserKind, type LiveBrowser, openBrowser } from "./browsers.ts";
import type { Site } from "./site.ts";

/** The kinds of storage that the page writes to. */
export const STORES = ["indexedDb", "localStorage", "cache"] as const;

/** One of {@link STORES}. */
export type StoreName = (typeof STORES)[number];

/** What the page had written for sure at a moment: the number of the last entry of each store. */
export interface Moment {
  /** Milliseconds of `performance.now()`. */
  readonly atMs: number;
  readonly written: Readonly<Record<StoreName, number>>;
}

/** A browser whose page never stops writing, and a second page that logs in. */
export interface Writer extends AsyncDisposable {
  readonly kind: BrowserKind;
  readonly profile: string;
  readonly browser: LiveBrowser;
  /** Oldest first. */
  readonly moments: readonly Moment[];
  /** When each login was done, in milliseconds of `performance.now()`; its number is its index. */
  readonly logins: readonly number[];
  /** Asks the page what it has written. */
  look(): Promise<void>;
  /** Logs in at an origin that was not used before, and leaves it open. */
  logIn(): Promise<void>;
  /** Closes both pages, and leaves an empty one open; nothing is written any more. */
  closePages(): Promise<void>;
}

/** Where a writer works. */
export interface WriterOptions {
  readonly program: string;
  readonly profile: string;
  readonly home: string;
}

/** Starts a browser on an empty profile and lets its page write. */
export async function startWriter(kind: BrowserKind, site: Site, options: WriterOptions): Promise<Writer> {
  const { program, profile, home } = options;
  const browser = await openBrowser(kind, program, profile, home);
  const moments: Moment[] = [];
  const logins: number[] = [];
  const loginPage = await browser.newPage();
  await browser.page.goto(site.url);
  await browser.page.evaluate("startWriting()");
  return {
    kind,
    profile,
    browser,
    moments,
    logins,
    look: async () => {
      const written = (await browser.page.evaluate("written")) as Moment["written"];
      // Taken after the answer: what the answer names was written before.
      moments.push({ atMs: performance.now(), written });
    },
    logIn: async () => {
      const number = logins.length;
      await loginPage.goto(site.loginUrl(number));
      if ((await loginPage.evaluate(`logIn(${number})`)) !== true) throw new Error(`no login ${number}`);
      logins.push(performance.now());
    },
    closePages: async () => {
      await browser.newPage();
      for (const page of [browser.page, loginPage]) await page.close();
    },
    [Symbol.asyncDispose]: async () => await browser[Symbol.asyncDispose](),
  };
}
