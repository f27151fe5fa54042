import type { ProcessInfo } from "../capture/live/processes.ts";
import type { App } from "./app.ts";
import { type AppProcesses, signalProcess } from "./app-processes.ts";
import { closeBrowsers } from "./close-browsers.ts";
import { delay } from "./delay.ts";
import { type BrowserOwner, findBrowsers } from "./find-browsers.ts";

/** How an app is stopped. */
export interface StopManner {
  /** What its first process is told. */
  readonly signal: NodeJS.Signals;
  /** After so many milliseconds whatever is left is ended by force. */
  readonly withinMs: number;
}

/** How an app has ended that was stopped. */
export interface StopReport {
  /** Browsers that the app had left, and that were closed so that they wrote what they knew. */
  readonly closedBrowsers: number;
  /** Processes that had to be ended by force. */
  readonly killed: number;
}

/** The part of the time that the app has for itself before anybody else is told. */
const OWN_PART = 0.5;
/** The part after which browsers that are left are closed, even while the app lives. */
const BROWSER_PART = 0.65;
/** At the end this much is kept for what force needs. */
const FORCE_MS = 100;
/** A process that waits for a dead disk cannot even be killed. */
const FORCE_ROUNDS = 20;
const LOOK_EVERY_MS = 20;

/**
 * Stops an app, gently at first: its first process is told, then what it leaves behind; browsers are closed
 * so that they write a fresh login to the disk; and only then force is used. When it returns, no process of
 * the app is left.
 */
export async function stopApp(
  app: App,
  processes: AppProcesses,
  { signal, withinMs }: StopManner,
): Promise<StopReport> {
  const startedMs = performance.now();
  const leftMs = (part: number): number => startedMs + withinMs * part - performance.now();
  processes.look(); // while those that will be orphans still have their parents
  if (!app.hasExited()) signalLeader(app.pid, signal);
  await until(() => app.hasExited(), leftMs(OWN_PART));
  // A shell that was the first process may have gone without telling what it had started.
  const others = processes.look().filter(({ pid }) => pid !== app.pid);
  const browsing = browserProcesses(app, others);
  for (const each of others) if (!browsing.has(each.pid)) signalProcess(each, signal);
  await until(
    () => processes.look().every(({ pid }) => browsing.has(pid)),
    Math.min(leftMs(BROWSER_PART), withinMs * (BROWSER_PART - OWN_PART)),
  );
  const closing = await closeBrowsers(ownerOf(app, processes.look()), {
    withinMs: leftMs(1) - FORCE_MS,
    signal: NEVER,
  });
  await until(() => processes.look().length === 0, leftMs(1) - FORCE_MS);
  let killed = 0;
  // What a process starts while it is being ended is found at the next look.
  for (let round = 0; round < FORCE_ROUNDS; round++) {
    const rest = processes.look();
    if (rest.length === 0) break;
    for (const process of rest) signalProcess(process, "SIGKILL");
    killed += rest.length;
    await until(() => processes.look().length === 0, FORCE_MS);
  }
  await app.exited;
  return { closedBrowsers: closing.closed.length, killed };
}

const NEVER = new AbortController().signal;

function ownerOf({ pid }: App, processes: readonly ProcessInfo[]): BrowserOwner {
  return { group: pid, pid, others: processes.map((each) => each.pid) };
}

/** The processes of browsers, which are not told to end but closed. */
function browserProcesses(app: App, processes: readonly ProcessInfo[]): ReadonlySet<number> {
  const found = new Set(findBrowsers(ownerOf(app, processes)).map(({ pid }) => pid));
  const children = Map.groupBy(processes, ({ parent }) => parent);
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return found;
}

function signalLeader(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended
  }
}

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < endMs) await delay(LOOK_EVERY_MS);
}
