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
  /** The state: a browser that has a file of it open belongs to the app, whoever has started it. */
  readonly state?: readonly string[] | undefined;
  /** Aborted, there are no more than `withinMs` left from then on: the host has begun to count. */
  readonly hurry?: { readonly signal: AbortSignal; readonly withinMs: number } | undefined;
}

/** How an app has ended that was stopped. */
export interface StopReport {
  /** Browsers that the app had left, and that were closed so that they wrote what they knew. */
  readonly closedBrowsers: number;
  /** Processes that had to be ended by force. */
  readonly killed: number;
}

/** The part of the time that the app has for itself before anybody else is told. */
const OWN_PART = 0.4;
/** The part after which browsers that are left are closed, even while the app lives. */
const BROWSER_PART = 0.5;
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
  { signal, withinMs: usualMs, state, hurry }: StopManner,
): Promise<StopReport> {
  const startedMs = performance.now();
  let withinMs = usualMs;
  const hasten = (): void => {
    withinMs = Math.min(withinMs, performance.now() - startedMs + (hurry?.withinMs ?? Infinity));
  };
  if (hurry?.signal.aborted === true) hasten();
  hurry?.signal.addEventListener("abort", hasten, { once: true });
  const leftMs = (part: number): number => startedMs + withinMs * part - performance.now();
  processes.look(); // while those that will be orphans still have their parents
  if (!app.hasExited()) signalLeader(app.pid, signal);
  await until(
    () => app.hasExited(),
    () => leftMs(OWN_PART),
  );
  // A shell that was the first process may have gone without telling what it had started.
  const others = processes.look().filter(({ pid }) => pid !== app.pid);
  const browsing = browserProcesses(ownerOf(app, others, state), others);
  for (const each of others) if (!browsing.has(each.pid)) signalProcess(each, signal);
  const toldMs = performance.now();
  await until(
    () => processes.look().every(({ pid }) => browsing.has(pid)),
    () => Math.min(leftMs(BROWSER_PART), toldMs + withinMs * (BROWSER_PART - OWN_PART) - performance.now()),
  );
  const closing = await closeBrowsers(ownerOf(app, processes.look(), state), {
    withinMs: leftMs(1) - FORCE_MS,
    signal: NEVER,
  });
  await until(
    () => processes.look().length === 0,
    () => leftMs(1) - FORCE_MS,
  );
  hurry?.signal.removeEventListener("abort", hasten);
  let killed = 0;
  // What a process starts while it is being ended is found at the next look.
  for (let round = 0; round < FORCE_ROUNDS; round++) {
    const rest = processes.look();
    if (rest.length === 0) break;
    for (const process of rest) signalProcess(process, "SIGKILL");
    killed += rest.length;
    const untilMs = performance.now() + FORCE_MS;
    await until(
      () => processes.look().length === 0,
      () => untilMs - performance.now(),
    );
  }
  await app.exited;
  return { closedBrowsers: closing.closed.length, killed };
}

const NEVER = new AbortController().signal;

function ownerOf(
  { pid }: App,
  processes: readonly ProcessInfo[],
  folders: readonly string[] = [],
): BrowserOwner {
  return { group: pid, pid, folders, others: processes.map((each) => each.pid) };
}

/** The processes of browsers, which are not told to end but closed. */
function browserProcesses(owner: BrowserOwner, processes: readonly ProcessInfo[]): ReadonlySet<number> {
  const found = new Set(findBrowsers(owner).map(({ pid }) => pid));
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

/** Waits for a condition while there is time left, in milliseconds. */
async function until(isSo: () => boolean, leftMs: () => number): Promise<void> {
  while (!isSo() && leftMs() > 0) await delay(LOOK_EVERY_MS);
}
