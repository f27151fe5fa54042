import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listProcesses, readProcess } from "../../../src/capture/live/processes.ts";

/** A program in a root of its own: read-only, with its own `/tmp`, processes and user; with our network. */
export interface Sandbox {
  readonly child: ChildProcess;
  /** Tells the program, as a host does: only its first process. */
  tell(signal: NodeJS.Signals): void;
  /** Ends everything in it at once, as a host does in the end, or when it has crashed. */
  kill(): void;
  /** Resolves with the exit status of the program; 137 after a kill. */
  readonly ended: Promise<number>;
}

/** What goes into a sandbox. */
export interface SandboxOptions {
  readonly bubblewrap: string;
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The only disk that it can write to, beside `/tmp`; at `/tmp/app`, where the program is started. */
  readonly disk: string;
  /** A folder outside, and where it is inside. */
  readonly bound?: readonly [outside: string, inside: string];
  /** Whether the program is process 1, or there is one that starts it and waits for it. */
  readonly isFirst: boolean;
}

const ROOT = join(import.meta.dirname, "..", "..", "..");
const ALWAYS = [
  "--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --chdir /tmp/app",
  "--unshare-user --uid 1000 --gid 1000 --unshare-pid --unshare-ipc --unshare-uts --die-with-parent",
].flatMap((words) => words.split(" "));
const INFO = 3;
const KILLED = 137;
const LOOK_MS = 5;

/** Starts a program in a sandbox of bubblewrap. */
export async function startInSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { bubblewrap, command, environment, disk, bound, isFirst } = options;
  const words = [
    ...ALWAYS,
    "--ro-bind",
    ROOT,
    ROOT, // where that is below /tmp
    "--bind",
    disk,
    "/tmp/app",
    ...(bound === undefined ? [] : ["--bind", ...bound]),
    "--info-fd",
    String(INFO),
    ...(isFirst ? ["--as-pid-1"] : []),
  ];
  const child = spawn(bubblewrap, [...words, "--", ...command], {
    env: environment,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(([status]) => (status as number | null) ?? KILLED);
  const first = await firstProcess(child.stdio[INFO] as NodeJS.ReadableStream);
  const told = isFirst ? first : await onlyChildOf(first);
  return {
    child,
    ended,
    tell: (signal) => process.kill(told, signal),
    kill: () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(first, "SIGKILL"); // with it, the kernel ends all others of the name space
      } catch {
        // it has just ended
      }
    },
  };
}

/** The number of process 1 as it is seen from outside. */
async function firstProcess(info: NodeJS.ReadableStream): Promise<number> {
  let text = "";
  for await (const part of info) text += String(part);
  const { "child-pid": pid } = JSON.parse(text) as { readonly "child-pid": number };
  return pid;
}

/** The program, as soon as it is there: later, process 1 has orphans too. */
async function onlyChildOf(parent: number): Promise<number> {
  for (;;) {
    const found = listProcesses().find((pid) => readProcess(pid)?.parent === parent);
    if (found !== undefined) return found;
    if (readProcess(parent) === null) throw new Error("the sandbox has ended at once");
    await delay(LOOK_MS);
  }
}
