import type { Machine } from "../support/machine.ts";
import { markdownTable } from "../support/markdown.ts";
import { rounded } from "../support/statistics.ts";
import { IDLE_TARGETS, type IdleCost } from "./idle.ts";
import { BITS_PER_SECOND, ROUND_TRIP_MS, type StartUpTimes, TARGETS_MS } from "./start-up.ts";

/** All that was found out about `holdfast run`, and where. */
export interface RunResults {
  readonly machine: Machine;
  readonly startUp: StartUpTimes;
  readonly idle: IdleCost | null;
}

/** The results for people. */
export function runReportOf({ startUp, idle }: RunResults): string {
  const { bareMs, nothingMs, localMs, hubMs, profile, rounds } = startUp;
  const more = (ms: number): number => rounded(ms - bareMs);
  const starts = markdownTable(
    ["until the first line of the app", "ms", "more than bare", "target"],
    [
      ["the bare app", bareMs, "-", "-"],
      ["under `holdfast run`, nothing to restore", nothingMs, more(nothingMs), TARGETS_MS.nothing],
      ["with a profile from a local store", localMs, more(localMs), "-"],
      ["with the same from a Hub", hubMs, more(hubMs), TARGETS_MS.hub],
    ],
  );
  const { files, bytes } = profile;
  return [
    `Medians of ${rounds} starts each, in turn. The profile has ${files} files and ${rounded(bytes / 1e6)} MB; every answer of the`,
    `stand-in Hub takes ${ROUND_TRIP_MS} ms, and all of them share ${BITS_PER_SECOND / 1e6} Mbit/s.`,
    "",
    starts,
    ...(idle === null ? [] : ["", idleReportOf(idle)]),
    "",
  ].join("\n");
}

function idleReportOf({ minutes, cpuPercent, memoryMB, profile }: IdleCost): string {
  const table = markdownTable(
    ["while nothing happens", "measured", "target"],
    [
      ["CPU, % of one core", cpuPercent, IDLE_TARGETS.cpuPercent],
      ["memory at most, MB", memoryMB, IDLE_TARGETS.memoryMB],
    ],
  );
  return `Over ${minutes} minutes, with a profile of ${profile.files} files and ${rounded(profile.bytes / 1e6)} MB.\n\n${table}`;
}
