import { FreezeFailure } from "./freeze-failure.ts";
import type { Members } from "./members.ts";
import { isStill, listProcesses, type ProcessInfo, readProcess, standsStill } from "./processes.ts";
import type { Watchdog } from "./watchdog.ts";

/** What was done while processes stood still. */
export interface Paused<Result> {
  readonly result: Result;
  /** Processes that were stopped. */
  readonly processes: number;
}

/** How a pause is held. */
export interface PauseOptions {
  readonly members: Members;
  readonly watchdog: Watchdog;
  readonly maxPauseMs: number;
  /** Told how long the processes stood still, however it ended. */
  readonly onEnd: (pausedMs: number) => void;
}

/** Says whether there is time left, by throwing when there is none. */
export type Deadline = () => void;

/** Between two looks at whether all stand still. */
const LOOK_MS = 0.1;
/** Each round stops what the processes started before they stood still. */
const MAX_ROUNDS = 100;

/**
 * Stops processes, does something, and lets them go on, whatever happens. The work is synchronous, so that
 * nothing else of this process runs in between. Processes that stood still already are left as they are.
 *
 * @throws {FreezeFailure} `cannot-stop`, or `too-long`: then the result would not be of one instant
 */
export function whileStopped<Result>(
  { members, watchdog, maxPauseMs, onEnd }: PauseOptions,
  work: (deadline: Deadline) => Result,
): Paused<Result> {
  const stopped = new Map<number, ProcessInfo>();
  const startedMs = performance.now();
  let firstStopMs = startedMs;
  const leftMs = (): number => maxPauseMs - (performance.now() - startedMs);
  const deadline: Deadline = () => {
    if (leftMs() <= 0) throw new FreezeFailure("too-long", `it took longer than ${maxPauseMs} ms`);
  };
  try {
    stopAll(members, stopped, deadline, () => {
      watchdog.hold(stopped.values(), leftMs());
      if (firstStopMs === startedMs) firstStopMs = performance.now();
    });
    const result = work(deadline);
    deadline();
    return { result, processes: stopped.size };
  } finally {
    continueAll([...stopped.values()]);
    if (stopped.size > 0) onEnd(performance.now() - firstStopMs);
    watchdog.done();
  }
}

function stopAll(
  members: Members,
  stopped: Map<number, ProcessInfo>,
  deadline: Deadline,
  announce: () => void,
): void {
  const all = new Map(members.processes);
  const seen = new Set(members.seen);
  let fresh = [...all.values()].flatMap(({ pid }) => readProcess(pid) ?? []);
  for (let round = 0; fresh.length > 0; round += 1) {
    if (round === MAX_ROUNDS)
      throw new FreezeFailure("too-long", "it starts processes faster than they stop");
    const running = fresh.filter((process) => !isStill(process));
    for (const process of running) stopped.set(process.pid, process);
    // Whoever is stopped is known to the watchdog before.
    announce();
    for (const process of running) stop(process);
    waitUntilStill(running, deadline);
    fresh = newcomers(members, all, seen);
  }
}

/** What was started since the last look, by those who did not stand still yet. */
function newcomers(members: Members, all: Map<number, ProcessInfo>, seen: Set<number>): ProcessInfo[] {
  const unseen = listProcesses().filter((pid) => !seen.has(pid));
  const infos = unseen.flatMap((pid) => readProcess(pid) ?? []);
  for (const { pid } of infos) seen.add(pid);
  const found: ProcessInfo[] = [];
  // Parents come before their children, unless numbers have just begun anew: then once more finds them.
  for (const info of infos) {
    if (!members.adopts(info, all)) continue;
    all.set(info.pid, info);
    found.push(info);
  }
  return found;
}

function stop({ pid }: ProcessInfo): void {
  // The first process of a container does not stop for those inside it (pid_namespaces(7)).
  if (pid === 1) throw new FreezeFailure("cannot-stop", "process 1 cannot be stopped from inside");
  try {
    process.kill(pid, "SIGSTOP");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return; // it has just ended
    throw new FreezeFailure("cannot-stop", `process ${pid} may not be stopped by this user`, error);
  }
}

/** A signal to stop is obeyed a moment later: after a system call that is under way, and thread by thread. */
function waitUntilStill(processes: readonly ProcessInfo[], deadline: Deadline): void {
  for (const { pid } of processes) {
    while (!standsStill(pid)) {
      deadline();
      Atomics.wait(NAP, 0, 0, LOOK_MS);
    }
  }
}

const NAP = new Int32Array(new SharedArrayBuffer(4));

function continueAll(processes: readonly ProcessInfo[]): void {
  // A number may belong to another process by now, should this one have been killed in its sleep. Looked at
  // before any goes on: from then on they are rivals for the processor.
  const alive = processes.filter(({ pid, started }) => readProcess(pid)?.started === started);
  for (const { pid } of alive) {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // It has just ended.
    }
  }
}
