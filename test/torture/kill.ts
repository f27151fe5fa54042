import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LONG } from "../support/long.ts";
import type { Random } from "../support/random.ts";
import type { RunningProcess } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** How often a program is killed. */
export const KILLS: number = LONG ? 200 : 2;
/** How often in each of the cases that are killed so often together. */
export const KILLS_OF_A_CASE: number = LONG ? 67 : 2;

/** A program to kill, and a folder in which its work first shows. */
export interface Victim {
  /** @param env to be added to that of the program */
  start(env: NodeJS.ProcessEnv): RunningProcess;
  /** Is there before the program starts; something appears in it when the program begins to write. */
  readonly folder: string;
}

/** How a round of {@link killOften} ended. */
export interface Strike {
  /** False when the program had ended before. */
  readonly killed: boolean;
  readonly round: number;
}

/** When to kill: so long after the first change, or before a call that changes the disk; `null` for never. */
type Moment = { readonly delayMs: number } | { readonly call: number } | null;

/** Unkilled runs that tell what there is to hit. */
const TRIAL_RUNS = LONG ? 3 : 1;
/** Loaded before a program, it ends it at one of its calls. */
export const PRELOAD: string = pathToFileURL(join(import.meta.dirname, "kill-at-call.fixture.ts")).href;

/**
 * Kills a program again and again (SIGKILL), at moments spread over its work: every other one at random
 * in a part of the time that it takes, the others before one of its calls that change the disk.
 *
 * @param prepare called before each run, also before the trial runs
 * @param judge called after each round, also when the program was faster than the kill
 * @param wanted how often
 */
export async function killOften(
  what: string,
  victim: Victim,
  random: Random,
  prepare: () => Promise<void>,
  judge: (strike: Strike) => Promise<void>,
  wanted: number = KILLS,
): Promise<void> {
  const trials: Span[] = [];
  for (let trial = 0; trial < TRIAL_RUNS; trial++) {
    await prepare();
    trials.push(await tryOut(victim));
    await judge({ killed: false, round: trial });
  }
  let writingMs = median(trials.map((trial) => trial.writingMs));
  const calls = median(trials.map((trial) => trial.calls));
  let kills = 0;
  let round = TRIAL_RUNS;
  for (; kills < wanted && round < 3 * wanted; round++) {
    await prepare();
    const part = (kills + random.fraction()) / wanted;
    const moment = round % 2 === 0 ? { delayMs: part * writingMs } : { call: Math.ceil(part * calls) };
    const seen = await runAndKill(victim, moment);
    // A program that got away does not count, and tells that it is faster than was thought.
    if (seen.killed) kills++;
    else writingMs = (writingMs + seen.writingMs) / 2;
    await judge({ killed: seen.killed, round });
  }
  process.stdout.write(
    `${what}: killed ${kills} times in ${round} runs, over ${writingMs.toFixed(0)} ms and ${calls} calls\n`,
  );
}

interface Span {
  readonly writingMs: number;
  readonly calls: number;
}

async function tryOut(victim: Victim): Promise<Span> {
  await using folder = await temporaryFolder();
  const env = { HOLDFAST_TEST_CALLS_FILE: folder.at("calls") };
  const { writingMs } = await runAndKill(victim, null, env);
  return { writingMs, calls: Number(readFileSync(folder.at("calls"), "utf8")) };
}

async function runAndKill(
  victim: Victim,
  moment: Moment,
  more: NodeJS.ProcessEnv = {},
): Promise<{ readonly killed: boolean; readonly writingMs: number }> {
  using watcher = watchOnce(victim.folder);
  const env = { NODE_OPTIONS: `--import ${PRELOAD}`, ...more };
  const atCall =
    moment !== null && "call" in moment ? { HOLDFAST_TEST_KILL_AT_CALL: String(moment.call) } : {};
  const running = victim.start({ ...env, ...atCall });
  let timer: NodeJS.Timeout | undefined;
  let startedMs = performance.now();
  watcher.onChange = () => {
    startedMs = performance.now();
    if (moment === null || !("delayMs" in moment)) return;
    timer = setTimeout(() => running.kill("SIGKILL"), moment.delayMs);
  };
  const { signal, status, stderr } = await running.ended;
  clearTimeout(timer);
  if (signal === null && status !== 0) throw new Error(`it failed by itself: ${stderr}`);
  return { killed: signal === "SIGKILL", writingMs: performance.now() - startedMs };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function watchOnce(folder: string): Disposable & { onChange: () => void } {
  const watcher = watch(folder);
  const first = { onChange: (): void => undefined, [Symbol.dispose]: () => watcher.close() };
  watcher.once("change", () => first.onChange());
  return first;
}
