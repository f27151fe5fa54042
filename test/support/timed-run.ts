import { readFileSync } from "node:fs";
import { start, type RunOptions } from "./run.ts";

/** What a run cost. */
export interface TimedRun {
  readonly seconds: number;
  /** `VmHWM` of the process: the most memory it ever held. */
  readonly peakMemoryBytes: number;
  readonly stdout: Buffer;
  /** Not 0 only where the program may fail. */
  readonly status: number | null;
}

const LOOK_MS = 10;

/** Runs a program to its end and looks at its memory on the way. A failure rejects. */
export async function timedRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<TimedRun> {
  const running = start(command, args, options);
  let peakMemoryBytes = 0;
  // The figure only grows, so the last look before the end is right to what the last 10 ms added.
  const timer = setInterval(
    () => (peakMemoryBytes = Math.max(peakMemoryBytes, peakMemoryOf(running.pid))),
    LOOK_MS,
  );
  try {
    const { status, seconds, stdout, stderr } = await running.ended;
    if (status !== 0 && options.mayFail !== true) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
    return { seconds, peakMemoryBytes, stdout, status };
  } finally {
    clearInterval(timer);
  }
}

/** 0 when the process is gone. */
function peakMemoryOf(pid: number): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // ended between two looks
  }
}
