import type { FolderSize } from "../support/folder-size.ts";
import type { Machine } from "../support/machine.ts";
import { markdownTable } from "../support/markdown.ts";
import { rounded } from "../support/statistics.ts";
import { type Row, type Work, WORKS } from "./rows.ts";
import type { SqliteRow } from "./sqlite.ts";
import type { StartTimes } from "./start.ts";

/** Everything that one run of the benchmark found out. */
export interface EngineResults {
  readonly machine: Machine;
  readonly rounds: number;
  readonly samples: readonly { readonly name: string; readonly size: FolderSize }[];
  readonly rows: readonly Row[];
  readonly sqlite: readonly SqliteRow[];
  readonly start: StartTimes | null;
}

/** The time of a program divided by that of its peer, and what the design asks for. */
export interface Ratio {
  readonly sample: string;
  readonly work: Work;
  readonly program: string;
  readonly peer: string;
  readonly ratio: number;
  readonly target: number;
}

/** `design.md`, "Numbers to reach". */
const TARGETS: Readonly<Record<Work, number>> = {
  "first save": 0.6,
  "save, nothing changed": 0.25,
  "save, one small change": 0.25,
  restore: 0.6,
};

/** Every program of ours against every restic. */
export function ratiosOf(rows: readonly Row[]): Ratio[] {
  const ours = rows.filter(({ program }) => program.startsWith("holdfast"));
  const peers = rows.filter(({ program }) => !program.startsWith("holdfast"));
  return ours.flatMap((row) =>
    peers
      .filter(({ sample, work }) => sample === row.sample && work === row.work)
      .map((peer) => ({
        sample: row.sample,
        work: row.work,
        program: row.program,
        peer: peer.program,
        ratio: rounded(row.medianSeconds / peer.medianSeconds, 2),
        target: TARGETS[row.work],
      })),
  );
}

/** The results as Markdown. */
export function reportOf(results: EngineResults): string {
  const { machine, rounds, samples, sqlite, start } = results;
  const facts = `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ${machine.fileSystem}, Node ${machine.node}; median of ${rounds}.`;
  const parts = [facts, ...samples.map((sample) => sampleReport(results, sample.name))];
  if (sqlite.length > 0) parts.push(sqliteReport(sqlite));
  if (start !== null) {
    parts.push(
      `\`holdfast --version\`: ${start.versionMs} ms, \`--help\`: ${start.helpMs} ms, an empty Node: ${start.emptyNodeMs} ms.`,
    );
  }
  return parts.join("\n\n") + "\n";
}

function sampleReport({ rows, samples }: EngineResults, name: string): string {
  const size = samples.find((sample) => sample.name === name)?.size;
  const ofSample = rows.filter(({ sample }) => sample === name);
  const programs = [...new Set(ofSample.map(({ program }) => program))];
  const times = WORKS.map((work) =>
    [work as string].concat(programs.map((program) => cell(ofSample, work, program))),
  );
  const ratios = ratiosOf(ofSample).map(({ work, program, peer, ratio, target }) => [
    work,
    program,
    peer,
    ratio,
    target,
  ]);
  return [
    `## ${name} (${size?.files} files, ${rounded((size?.bytes ?? 0) / 1e6)} MB)`,
    markdownTable(["seconds (peak memory, MB)", ...programs], times),
    markdownTable(["work", "program", "against", "ratio", "target"], ratios),
  ].join("\n\n");
}

function cell(rows: readonly Row[], work: Work, program: string): string {
  const row = rows.find((candidate) => candidate.work === work && candidate.program === program);
  return row === undefined ? "" : `${row.medianSeconds} (${row.peakMemoryMB})`;
}

function sqliteReport(rows: readonly SqliteRow[]): string {
  const least = Math.min(
    ...rows.filter(({ program }) => !program.startsWith("holdfast")).map((row) => row.storedBytes),
  );
  const table = rows.map((row) => [
    row.program,
    row.databaseBytes,
    row.storedBytes,
    rounded(row.storedBytes / least, 2),
  ]);
  const head = [
    "program",
    "database, bytes",
    "stored after one UPDATE, bytes",
    "part of the least of restic",
  ];
  return `## One row of a SQLite database\n\n${markdownTable(head, table)}`;
}
