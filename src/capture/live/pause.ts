import { FreezeFailure } from "./freeze-failure.ts";
import type { Members } from "./members.ts";
import {
  isHalted,
  isStill,
  listProcesses,
  type ProcessInfo,
  readProcess,
  waitUntilStill,
} from "./processes.ts";
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
  /** How long to wait until all stand still. */
  readonly maxStopMs: number;
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
 * @throws {FreezeFailure} `cannot-stop`, `busy`, or `too-long`: then the result would not be of one instant
 */
export function whileStopped<Result>(
  { members, watchdog, maxPauseMs, maxStopMs, onEnd }: PauseOptions,
  work: (deadline: Deadline) => Result,
): Paused<Result> {
  const still: Still = { processes: new Map(), groups: new Set() };
  const startedMs = performance.now();
  let firstStopMs = startedMs;
  const leftMs = (): number => maxPauseMs - (performance.now() - startedMs);
  const deadline: Deadline = () => {
    if (leftMs() <= 0) throw new FreezeFailure("too-long", `it took longer than ${maxPauseMs} ms`);
  };
  const stopDeadline: Deadline = () => {
    deadline();
    if (performance.now() - firstStopMs > maxStopMs)
      throw new FreezeFailure("busy", `it did not stand still within ${maxStopMs} ms`);
  };
  try {
    stopAll(members, still, stopDeadline, () => {
      watchdog.hold(still.processes.values(), still.groups, leftMs());
      if (firstStopMs === startedMs) firstStopMs = performance.now();
    });
    const result = work(deadline);
    deadline();
    return { result, processes: still.processes.size };
  } finally {
    const endedMs = continueAll(still);
    if (still.processes.size > 0) onEnd(endedMs - firstStopMs);
    watchdog.done();
  }
}

/** Who stands still because of us. */
interface Still {
  readonly processes: Map<number, ProcessInfo>;
  /** Groups that were stopped as a whole, and so with them whoever has just come to be in them. */
  readonly groups: Set<number>;
}

function stopAll(
  members: Members,
  { processes, groups }: Still,
  deadline: Deadline,
  announce: () => void,
): void {
  const all = new Map(members.processes);
  const seen = new Set(members.seen);
  let fresh = [...all.values()].flatMap(({ pid }) => readProcess(pid) ?? []);
  const whole = new Set(members.wholeGroups);
  for (const process of fresh) if (isHalted(process)) whole.delete(process.group);
  for (let round = 0; fresh.length > 0; round += 1) {
    if (round === MAX_ROUNDS)
      throw new FreezeFailure("too-long", "it starts processes faster than they stop");
    const ours = fresh.filter(
      (process) => !isStill(process) || (isHalted(process) && groups.has(process.group)),
    );
    for (const { group } of ours) if (whole.has(group)) groups.add(group);
    for (const process of ours) processes.set(process.pid, process);
    // Whoever is stopped is known to the watchdog before.
    announce();
    // First all at once: who still runs competes for the processor, and then the rest takes long.
    if (round === 0) for (const group of groups) isSignalled(-group, "SIGSTOP");
    for (const process of ours) stop(process);
    waitForAll(ours, deadline);
    fresh = newcomers(members, { all, seen, groups });
  }
}

/** What was started since the last look, by those who did not stand still yet. */
function newcomers(
  members: Members,
  {
    all,
    seen,
    groups,
  }: Pick<Still, "groups"> & { readonly all: Map<number, ProcessInfo>; readonly seen: Set<number> },
): ProcessInfo[] {
  const unseen = listProcesses().filter((pid) => !seen.has(pid));
  const infos = unseen.flatMap((pid) => readProcess(pid) ?? []);
  for (const { pid } of infos) seen.add(pid);
  const found: ProcessInfo[] = [];
  // Parents come before their children, unless numbers have just begun anew: then once more finds them.
  for (const info of infos) {
    if (!groups.has(info.group) && !members.adopts(info, all)) continue;
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
function waitForAll(processes: readonly ProcessInfo[], deadline: Deadline): void {
  const nap = (): void => {
    deadline();
    Atomics.wait(NAP, 0, 0, LOOK_MS);
  };
  for (const { pid } of processes) waitUntilStill(pid, nap);
}

const NAP = new Int32Array(new SharedArrayBuffer(4));

/**
 * Lets all go on, and says when the last signal for it was sent. From the first one on they are rivals for
 * the processor, and this process may be the last to get it back: so whole groups come last, each at once.
 */
function continueAll({ processes, groups }: Still): number {
  const single = [...processes.values()].filter(({ pid, started }) => {
    const now = readProcess(pid);
    // A number may belong to another process by now, should this one have been killed in its sleep; and who
    // left its group right before it was stopped is not reached with that.
    return now?.started === started && !groups.has(now.group);
  });
  let endedMs = performance.now();
  for (const target of [...single.map(({ pid }) => pid), ...Array.from(groups, (group) => -group)]) {
    endedMs = performance.now();
    isSignalled(target, "SIGCONT");
  }
  return endedMs;
}

/** Signals a process, or a group by its negative number; false when there is none any more. */
function isSignalled(target: number, signal: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}
