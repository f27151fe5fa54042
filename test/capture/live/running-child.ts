import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A process of a test, killed at the end of an `await using`. */
export interface RunningChild extends AsyncDisposable {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

/** Runs one of the programs in `children/`, and waits until it is at work. */
export function startChild(name: string, ...args: readonly string[]): Promise<RunningChild> {
  return waitForReady(
    spawn(process.execPath, [join(import.meta.dirname, "children", `${name}.ts`), ...args]),
  );
}

/** Runs a shell script that says "ready" when it is at work, as the first of a process group of its own. */
export function startScript(script: string, ...args: readonly string[]): Promise<RunningChild> {
  return waitForReady(spawn("/bin/sh", ["-c", script, "sh", ...args], { detached: true }), true);
}

async function waitForReady(child: ChildProcess, isGroup = false): Promise<RunningChild> {
  const pid = child.pid ?? -1;
  const ended = once(child, "exit");
  const running: RunningChild = {
    pid,
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (isGroup) process.kill(-pid, "SIGKILL");
      else child.kill("SIGKILL");
      await ended;
    },
  };
  let errors = "";
  child.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  const output = child.stdout;
  if (output === null) throw new Error("a child without an output");
  const failed = ended.then(() => {
    throw new Error(`the child ended: ${errors}`);
  });
  failed.catch(() => undefined);
  await Promise.race([once(output, "data"), failed]);
  output.resume();
  return running;
}

/** The state letter of a process (proc(5)), or `null` when it is gone. */
export function stateOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2)[0] ?? null;
  } catch {
    return null;
  }
}

const WAIT_MS = 20_000;

/** Waits for something to become true. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const startedMs = performance.now(); !isSo(); await setTimeout(5))
    if (performance.now() - startedMs > WAIT_MS) throw new Error(`waited in vain until ${what}`);
}
