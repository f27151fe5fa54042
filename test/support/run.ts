import { spawn } from "node:child_process";

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the child; that of this process when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Killed after this; the promise then rejects. */
  readonly timeoutMs?: number;
  /** Return whatever the exit status is. Otherwise a status that is not 0 rejects. */
  readonly mayFail?: boolean;
}

/** How a program ended. */
export interface RunResult {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly seconds: number;
}

const TIMEOUT_MS = 300_000;
const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;

/** Runs a program to its end, without a shell, and captures what it prints. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await start(command, args, options).ended;
  if (options.mayFail !== true && result.status !== 0)
    throw new Error(describeFailure(command, args, result));
  return result;
}

/** A program that is running. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves at the end, however it ends; rejects when it could not start, or on the time-out. */
  readonly ended: Promise<RunResult>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program; the caller sees to its end. */
export function start(command: string, args: readonly string[], options: RunOptions = {}): RunningProcess {
  const startedMs = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => {
      const seconds = (performance.now() - startedMs) / 1000;
      if (signal === "SIGKILL" && seconds * 1000 >= (options.timeoutMs ?? TIMEOUT_MS)) {
        reject(new Error(`${command} did not end in ${seconds.toFixed(0)} s: ${stderr().toString()}`));
        return;
      }
      resolve({ status, signal, stdout: stdout(), stderr: stderr().toString(), seconds });
    });
  });
  ended.catch(() => undefined); // who waits sees it; who killed the process need not wait
  return { pid: child.pid ?? -1, ended, kill: (signal) => void child.kill(signal) };
}

function collect(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= OUTPUT_MAX_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

function describeFailure(command: string, args: readonly string[], result: RunResult): string {
  const how = result.signal === null ? `exit status ${String(result.status)}` : `signal ${result.signal}`;
  const output = [result.stderr, result.stdout.toString()].map((text) => text.trim().slice(-4000)).join("\n");
  return `${command} ${args.join(" ")}: ${how}\n${output}`;
}
