import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** A process as `/proc/<pid>/stat` shows it (proc(5)). */
export interface ProcessInfo {
  readonly pid: number;
  /** One letter: `T` stopped, `t` stopped by a debugger, `Z` ended, and so on. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in ticks since the machine did: with the number it names one process for ever. */
  readonly started: string;
}

/** The numbers of all processes that can be seen; none where there is no `/proc`. */
export function listProcesses(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** A process, or `null` when it is gone. */
export function readProcess(pid: number): ProcessInfo | null {
  const fields = readStat(`/proc/${pid}/stat`);
  if (fields === null) return null;
  const [state = "", parent, group, session] = fields;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: fields[19] ?? "",
  };
}

/**
 * Waits until a process that was told to stop, with all its threads, stands still or is gone.
 *
 * @param nap called between two looks; ends it by throwing
 */
export function waitUntilStill(pid: number, nap: () => void): void {
  const still = new Set<string>();
  // A thread can start another one before it stands still itself: until none is new.
  for (let isNew = true; isNew;) {
    isNew = false;
    for (const thread of threadsOf(pid)) {
      if (still.has(thread)) continue;
      isNew = true;
      while (!isThreadStill(`/proc/${pid}/task/${thread}/stat`)) nap();
      still.add(thread);
    }
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** More than a line of `/proc/<pid>/stat` before and with the state. */
const LINE = Buffer.alloc(512);

/** Only the state is looked at: there are many threads, and everybody waits for the last of them. */
function isThreadStill(path: string): boolean {
  try {
    const fd = openSync(path, "r");
    try {
      const line = LINE.toString("latin1", 0, readSync(fd, LINE, 0, LINE.length, 0));
      return STILL.has(line.charAt(line.lastIndexOf(")") + 2));
    } finally {
      closeSync(fd);
    }
  } catch {
    return true;
  }
}

/** Stopped, ended, or gone. */
const STILL: ReadonlySet<string> = new Set(["T", "t", "Z", "X", "x"]);

/** Whether somebody has stopped a process, or it has ended: nothing that could change a file. */
export function isStill({ state }: ProcessInfo): boolean {
  return STILL.has(state);
}

/** Whether somebody has stopped a process that can be continued. */
export function isHalted({ state }: ProcessInfo): boolean {
  return state === "T" || state === "t";
}

/** This process and those it descends from. */
export function ownLine(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = readProcess(pid)?.parent ?? 0) line.add(pid);
  return line;
}

/** The fields from the state on; the name before them is in parentheses and may hold anything. */
function readStat(path: string): string[] | null {
  try {
    const text = readFileSync(path, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
