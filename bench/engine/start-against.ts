import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ENTRY } from "../../test/support/holdfast.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { timedRun } from "../../test/support/timed-run.ts";
import { markdownTable } from "../support/markdown.ts";
import { median, rounded } from "../support/statistics.ts";

/** One work by two builds of Holdfast; medians in milliseconds. */
export interface AgainstRow {
  readonly work: string;
  readonly thisMs: number;
  readonly otherMs: number;
  /** Median of what this build took longer than the other, run by run. */
  readonly differenceMs: number;
}

const ROUNDS = 41;
const FILES = 20;
/** What a user waits for most often. */
const WORKS: Readonly<Record<string, readonly string[]>> = {
  "`holdfast --version`": ["--version"],
  "`holdfast --help`": ["--help"],
  "a local save, nothing changed": ["save"],
};

/**
 * Measures how soon two builds have done small works, one after the other in each round and in turn first, so
 * that what the machine does meets both alike.
 *
 * @param folder that of the other build: a clone with its dependencies, or its `dist`
 */
export async function measureStartAgainst(folder: string): Promise<readonly AgainstRow[]> {
  const other = ["program", "cli"]
    .flatMap((part) => [resolve(folder, "dist", part, "main.js"), resolve(folder, part, "main.js")])
    .find((path) => existsSync(path));
  if (other === undefined) throw new Error(`there is no build in ${folder}: npm run build`);
  await using home = await temporaryFolder();
  mkdirSync(home.at("data"));
  for (let i = 0; i < FILES; i++) writeFileSync(home.at("data", `file-${i}`), `content ${i}`);
  const env = { PATH: process.env["PATH"], HOME: home.path, HOLDFAST_PASSWORD: "benchmark" };
  const once = async (entry: string, args: readonly string[]): Promise<number> =>
    (await timedRun(process.execPath, [entry, ...args], { env, cwd: home.path })).seconds * 1000;
  const rows: AgainstRow[] = [];
  for (const [work, args] of Object.entries(WORKS)) {
    const times: { ours: number; others: number }[] = [];
    for (const entry of [ENTRY, other]) await once(entry, args);
    for (let round = 0; round < ROUNDS; round++) {
      const isFirst = round % 2 === 0;
      const first = await once(isFirst ? ENTRY : other, args);
      const second = await once(isFirst ? other : ENTRY, args);
      times.push(isFirst ? { ours: first, others: second } : { ours: second, others: first });
    }
    rows.push({
      work,
      thisMs: rounded(median(times.map(({ ours }) => ours))),
      otherMs: rounded(median(times.map(({ others }) => others))),
      differenceMs: rounded(median(times.map(({ ours, others }) => ours - others)), 2),
    });
  }
  return rows;
}

/** The rows as Markdown. */
export function againstReportOf(rows: readonly AgainstRow[]): string {
  const table = rows.map((row) => [row.work, row.thisMs, row.otherMs, row.differenceMs]);
  return `${markdownTable(["ms", "this build", "the other", "difference"], table)}\n\nMedian of ${ROUNDS} runs each, in turn.\n`;
}
