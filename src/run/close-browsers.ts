import { setTimeout as delay } from "node:timers/promises";
import type { BrowserKind } from "../browser/find-profiles.ts";
import { type BrowserOwner, findBrowsers, isGone, type RunningBrowser } from "./find-browsers.ts";

/** A browser that was closed, or told to. */
export interface ClosedBrowser {
  readonly kind: BrowserKind;
  /** Name of its program. */
  readonly program: string;
  readonly pid: number;
}

/** What {@link closeBrowsers} did. */
export interface BrowserClosing {
  /** Gone, with everything on the disk. */
  readonly closed: readonly ClosedBrowser[];
  /** Told to end, and still there when the time was over. */
  readonly left: readonly ClosedBrowser[];
}

/** How long to wait, and when to give up. */
export interface CloseOptions {
  readonly withinMs: number;
  /** Aborted, the call returns at once with what is left. */
  readonly signal: AbortSignal;
}

/** Firefox writes localStorage 0.2 to 0.3 s after the last page of its origin is gone. */
const FLUSH_MS = 700;
/** It ends this quickly once it has its signal. */
const END_MS = 100;
/** What a page of Firefox writes to localStorage may stay in its own process for 5 s. */
const HELD_MS = 5_500;
/** From then on a Firefox ends within this, also on a busy machine. */
const CLOSING_MS = 3_000;
const POLL_MS = 10;

/**
 * Closes the browsers of an app that are still there, in the way that writes everything to their profiles,
 * and waits for that. To be called when the app itself has ended or its time is over, and before anything
 * is terminated.
 *
 * Chromium gets SIGINT: on SIGTERM it drops the cookies of the last 30 s. Firefox drops the localStorage of
 * the last 5 s on any signal; so the processes of its pages are ended first, which makes it write what it
 * holds for them, and then it gets SIGTERM. Where there is time, the pages first go on until they have handed
 * over what they hold themselves. Each is told once: a second signal would make it drop everything.
 */
export async function closeBrowsers(
  of: BrowserOwner,
  { withinMs, signal }: CloseOptions,
): Promise<BrowserClosing> {
  const endMs = performance.now() + withinMs;
  const found = findBrowsers(of);
  const [firefoxes, others] = partition(found, ({ kind }) => kind === "firefox");
  for (const browser of others) send(browser, "SIGINT");
  if (firefoxes.length > 0 && !signal.aborted) {
    if (withinMs >= HELD_MS + CLOSING_MS) await pause(HELD_MS, signal);
    if (!signal.aborted) {
      for (const pid of pagesOf(firefoxes)) sendTo(pid, "SIGKILL");
      await pause(Math.min(FLUSH_MS, Math.max(0, endMs - END_MS - performance.now())), signal);
      for (const browser of firefoxes) send(browser, "SIGTERM");
    }
  }
  while (performance.now() < endMs && !signal.aborted && !found.every(isGone)) await pause(POLL_MS, signal);
  const [closed, left] = partition(found, isGone);
  return { closed: closed.map(shown), left: left.map(shown) };
}

/** Those of now: pages come and go. */
function pagesOf(browsers: readonly RunningBrowser[]): readonly number[] {
  const pids = new Set(browsers.map(({ pid }) => pid));
  const owner = { group: null, pid: -1, others: [...pids] };
  return findBrowsers(owner).flatMap(({ pid, pages }) => (pids.has(pid) ? pages : []));
}

function send(browser: RunningBrowser, name: NodeJS.Signals): void {
  if (!isGone(browser)) sendTo(browser.pid, name);
}

function sendTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile, or is not ours to end: the caller learns that it is still there
  }
}

/** Ends early when aborted; the caller looks. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function shown({ kind, program, pid }: RunningBrowser): ClosedBrowser {
  return { kind, program, pid };
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): [first: Item[], second: Item[]] {
  const { first = [], second = [] } = Object.groupBy(items, (item) => (isFirst(item) ? "first" : "second"));
  return [first, second];
}
