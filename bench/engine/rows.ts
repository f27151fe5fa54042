import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { compareTrees } from "../../test/support/compare-trees.ts";
import { describeTree } from "../../test/support/describe-tree.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { folderSize } from "../support/folder-size.ts";
import { median, rounded } from "../support/statistics.ts";
import type { TimedRun } from "../../test/support/timed-run.ts";
import type { Contestant } from "./programs.ts";
import type { Sample } from "./samples.ts";

/** What is measured, in the order it is done in. */
export const WORKS = ["first save", "save, nothing changed", "save, one small change", "restore"] as const;

/** One of {@link WORKS}. */
export type Work = (typeof WORKS)[number];

/** All rounds of one work by one program on one sample. */
export interface Row {
  readonly sample: string;
  readonly work: Work;
  readonly program: string;
  readonly medianSeconds: number;
  /** Of each round, in order. */
  readonly seconds: readonly number[];
  readonly peakMemoryMB: number;
  /** Size of the repository afterwards, in the last round. */
  readonly repositoryMB: number;
}

interface Measured extends TimedRun {
  readonly work: Work;
  readonly repositoryBytes: number;
}

/** Measures every program in turn, round by round, so that what the machine does meets all alike. */
export async function measureRows(
  sample: Sample,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Row[]> {
  const measured = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length];
      if (contestant === undefined) continue;
      measured.get(contestant.name)?.push(...(await oneRound(sample, contestant, round)));
      process.stderr.write(`${sample.name}, round ${round + 1} of ${rounds}: ${contestant.name}\n`);
    }
  }
  return contestants.flatMap(({ name }) =>
    WORKS.map((work) =>
      summarize(sample, work, name, measured.get(name)?.filter((run) => run.work === work) ?? []),
    ),
  );
}

async function oneRound(sample: Sample, contestant: Contestant, round: number): Promise<Measured[]> {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("home"));
  const session = await contestant.open(folder.at("home"));
  const measured: Measured[] = [];
  const measure = async (work: Work, how: () => Promise<TimedRun>): Promise<void> => {
    execFileSync("sync");
    const timed = await how();
    const repositoryBytes = existsSync(session.repository) ? folderSize(session.repository).bytes : 0;
    measured.push({ ...timed, work, repositoryBytes });
  };
  const expected = describeTree(sample.folder); // also reads everything, so that the page cache is warm
  await measure("first save", () => session.save(sample.folder));
  await measure("save, nothing changed", () => session.save(sample.folder));
  sample.change(Date.now() % 1_000_000);
  await measure("save, one small change", () => session.save(sample.folder));
  const target = folder.at("target");
  await measure("restore", () => session.restore(sample.folder, target));
  if (round === 0)
    mustBeSame(contestant.name, sample, session.restoredAt(sample.folder, target), expected.size);
  return measured;
}

/** A program that is fast and wrong has not been measured. */
function mustBeSame(name: string, sample: Sample, restored: string, entries: number): void {
  const tree = describeTree(sample.folder);
  const differences = compareTrees(tree, describeTree(restored), { mayBeMissing: ["socket"] });
  if (tree.size < entries || differences.length > 0) throw new Error(`${name}: ${differences.join("\n")}`);
}

function summarize(sample: Sample, work: Work, program: string, runs: readonly Measured[]): Row {
  return {
    sample: sample.name,
    work,
    program,
    medianSeconds: rounded(median(runs.map((run) => run.seconds))),
    seconds: runs.map((run) => rounded(run.seconds)),
    peakMemoryMB: rounded(Math.max(...runs.map((run) => run.peakMemoryBytes)) / 1e6),
    repositoryMB: rounded((runs.at(-1)?.repositoryBytes ?? 0) / 1e6),
  };
}
