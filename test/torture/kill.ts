import { readdirSync, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LONG } from "../support/long.ts";
import type { Random } from "../support/random.ts";
import type { RunningProcess } from "../support/run.ts";

/** How often a program is killed. */
export const KILLS: number = LONG ? 200 : 8;

/** A program to kill, and the folder in which its work first shows. */
export interface Victim {
  start(): RunningProcess;
  /** Is there before the program starts; something appears in it when the program begins to write. */
  readonly folder: string;
}

/** How a round of {@link killOften} ended. */
export interface Strike {
  /** False when the program had ended before. */
  readonly killed: boolean;
  readonly round: number;
}

/** Unkilled runs that tell how long the program writes. */
const TRIAL_RUNS = 3;

/**
 * Kills a program again and again (SIGKILL), at moments spread over the time in which it writes: one at
 * random in each part of that time.
 *
 * @param prepare called before each run, also before the trial runs
 * @param judge called after each round, also when the program was faster than the kill
 */
export async function killOften(
  what: string,
  victim: Victim,
  random: Random,
  prepare: () => Promise<void>,
  judge: (strike: Strike) => Promise<void>,
): Promise<void> {
  const trials: number[] = [];
  for (let trial = 0; trial < TRIAL_RUNS; trial++) {
    await prepare();
    trials.push((await runAndKill(victim, null)).writingMs);
    await judge({ killed: false, round: trial });
  }
  let spanMs = trials.sort((a, b) => a - b)[TRIAL_RUNS >> 1] ?? 0;
  let kills = 0;
  let round = TRIAL_RUNS;
  // A program that got away does not count, and says that the time is shorter than was thought.
  for (; kills < KILLS && round < 3 * KILLS; round++) {
    await prepare();
    const { killed, writingMs } = await runAndKill(victim, ((kills + random.fraction()) / KILLS) * spanMs);
    if (killed) kills++;
    else spanMs = (spanMs + writingMs) / 2;
    await judge({ killed, round });
  }
  process.stdout.write(
    `${what}: killed ${kills} times in ${round} runs, spread over ${spanMs.toFixed(0)} ms\n`,
  );
}

/** Kills so long after the first thing written; never when that is `null`. */
async function runAndKill(
  victim: Victim,
  delayMs: number | null,
): Promise<{ readonly killed: boolean; readonly writingMs: number }> {
  using first = firstChange(victim.folder);
  const running = victim.start();
  await Promise.race([first.seen, running.ended]);
  const startedMs = performance.now();
  if (delayMs !== null) {
    await Promise.race([sleep(delayMs), running.ended]); // the moment is what is random here, nothing waits for it
    running.kill("SIGKILL");
  }
  const { signal, status, stderr } = await running.ended;
  if (signal === null && status !== 0) throw new Error(`it failed by itself: ${stderr}`);
  return { killed: signal === "SIGKILL", writingMs: performance.now() - startedMs };
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
