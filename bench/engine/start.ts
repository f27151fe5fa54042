import { median, rounded } from "../support/statistics.ts";
import { timedRun } from "../../test/support/timed-run.ts";
import { ENTRY } from "../../test/support/holdfast.ts";

/** How long it takes until the program has said something, in milliseconds, and how much of it is Node itself. */
export interface StartTimes {
  readonly versionMs: number;
  readonly helpMs: number;
  /** `node --eval ''`: what no program written for Node can be faster than. */
  readonly emptyNodeMs: number;
}

const ROUNDS = 21;

/** Medians of 21 runs each. */
export async function measureStart(): Promise<StartTimes> {
  return {
    versionMs: await medianMs([ENTRY, "--version"]),
    helpMs: await medianMs([ENTRY, "--help"]),
    emptyNodeMs: await medianMs(["--eval", ""]),
  };
}

async function medianMs(args: readonly string[]): Promise<number> {
  const runs: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    runs.push((await timedRun(process.execPath, args)).seconds * 1000);
  return rounded(median(runs));
}
