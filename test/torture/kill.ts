import { readdirSync, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LONG } from "../support/long.ts";
import type { Random } from "../support/random.ts";
import type { RunningProcess, RunResult } from "../support/run.ts";

/** How often a program is killed. */
export const KILLS: number = LONG ? 200 : 8;

/** A program to kill, and the folder in which its work first shows. */
export interface Victim {
  start(): RunningProcess;
  /** Is there before the program starts; something appears in it when the program begins to write. */
  readonly folder: string;
}

/**
 * Moments to kill at, in milliseconds after the first thing written: one in each part of the time that the
 * program takes, and a few beyond its end, as no two runs take the same time.
 */
export function momentsMs(spanMs: number, count: number, random: Random): readonly number[] {
  return Array.from({ length: count }, (_, part) => ((part + random.fraction()) / count) * spanMs * 1.1);
}

/** How long the program writes when nobody kills it. */
export async function writingSpanMs(victim: Victim): Promise<number> {
  using first = firstChange(victim.folder);
  const running = victim.start();
  await Promise.race([first.seen, running.ended]);
  const startedMs = performance.now();
  const { status, stderr } = await running.ended;
  if (status !== 0) throw new Error(`it fails without being killed: ${stderr}`);
  return performance.now() - startedMs;
}

/** Kills the program (SIGKILL) so long after it began to write; it may have ended by then. */
export async function killAfter(victim: Victim, delayMs: number): Promise<RunResult> {
  using first = firstChange(victim.folder);
  const running = victim.start();
  await Promise.race([first.seen, running.ended]);
  await Promise.race([sleep(delayMs), running.ended]); // the moment is what is random here, nothing waits for it
  running.kill("SIGKILL");
  const result = await running.ended;
  if (result.signal === null && result.status !== 0) throw new Error(`it failed by itself: ${result.stderr}`);
  return result;
}

function firstChange(folder: string): { readonly seen: Promise<void> } & Disposable {
  const before = readdirSync(folder).length;
  const watcher = watch(folder);
  const seen = new Promise<void>((resolve) => {
    watcher.once("change", () => resolve());
    if (readdirSync(folder).length !== before) resolve();
  });
  return { seen, [Symbol.dispose]: () => watcher.close() };
}
