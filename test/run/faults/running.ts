import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** A program whose lines are looked at while it runs, in a process group of its own. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** Lines of standard error so far. */
  readonly said: readonly string[];
  /** Lines of standard output so far, which are those of the app. */
  readonly appSaid: readonly string[];
  /**
   * Waits for a line after the last one that was waited for.
   *
   * @throws when the program ends first, or when it does not come
   */
  says(pattern: RegExp): Promise<string>;
  /** As {@link Running.says}, of the app. */
  appSays(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it, the processes that it works with, and its app, all at once, as when the machine goes. */
  crash(): Promise<void>;
  /** Asks it to stop, and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Its exit status; `null` when a signal has ended it. */
  readonly ended: Promise<number | null>;
}

const LIMIT_MS = 100_000;
const LOOK_EVERY_MS = 5;

/** Starts a program. At the end of an `await using` nothing of it is left. */
export function startRunning(
  [program = "", ...words]: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said = new Lines(child.stderr);
  const appSaid = new Lines(child.stdout);
  let hasEnded = false;
  const ended = once(child, "exit").then(([status]) => {
    hasEnded = true;
    return status as number | null;
  });
  const waitFor = async (lines: Lines, pattern: RegExp): Promise<string> => {
    for (const endMs = performance.now() + LIMIT_MS; ; await delay(LOOK_EVERY_MS)) {
      const isLast = hasEnded || performance.now() > endMs;
      const line = lines.next(pattern);
      if (line !== null) return line;
      if (isLast) throw new Error(`no line is like ${String(pattern)}:\n${said.all.join("\n")}`);
    }
  };
  const crash = async (): Promise<void> => {
    const apps = [...said.all.join("\n").matchAll(/as process (\d+)/g)].map(([, pid]) => Number(pid));
    // its own group first: it must not learn of the end of the app
    const groups = [child.pid ?? 0, ...apps];
    for (const leader of groups) signalGroup(leader, "SIGKILL");
    await ended;
    while (groups.some((leader) => signalGroup(leader, 0))) await delay(LOOK_EVERY_MS);
  };
  return {
    pid: child.pid ?? -1,
    said: said.all,
    appSaid: appSaid.all,
    says: (pattern) => waitFor(said, pattern),
    appSays: (pattern) => waitFor(appSaid, pattern),
    kill: (signal) => void child.kill(signal),
    crash,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
    ended,
    [Symbol.asyncDispose]: crash,
  };
}

/** The whole lines of a stream, and how far they were looked at. */
class Lines {
  readonly all: string[] = [];
  #looked = 0;
  #rest = "";

  constructor(stream: NodeJS.ReadableStream) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      this.all.push(...lines);
    });
  }

  next(pattern: RegExp): string | null {
    const index = this.all.findIndex((line, at) => at >= this.#looked && pattern.test(line));
    if (index === -1) return null;
    this.#looked = index + 1;
    return this.all[index] ?? null;
  }
}

/** @returns whether anybody of the group is left */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
