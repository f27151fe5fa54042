import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where Debian keeps servers; not on the `PATH` of everybody. */
const SERVERS = "/usr/sbin";

/** The path of a program on `PATH`, or of a server of the system; else null. */
export async function findProgram(name: string): Promise<string | null> {
  const path = [...(process.env["PATH"] ?? "").split(delimiter), SERVERS];
  for (const folder of path.filter(Boolean)) {
    const program = join(folder, name);
    try {
      await access(program, constants.X_OK);
      return program;
    } catch {
      // Not in this folder: look in the next.
    }
  }
  return null;
}

/** What a program that was run leaves behind. */
export interface Outcome {
  /** 0 when it ended well; 128 + n after a signal, as a shell counts. */
  readonly status: number;
  /** What it wrote on both streams, in order; empty when it wrote to the terminal itself. */
  readonly output: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Let it write to this terminal instead of collecting what it writes. */
  readonly inherit?: boolean;
}

const SIGNAL_STATUS = 128 + 15;

/** Runs a program to its end. Rejects only when it cannot be started. */
export async function runProgram(
  program: string,
  programArguments: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: options.inherit === true ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ status: code ?? SIGNAL_STATUS, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}
