/*
 * The engine against restic, in one run and in turn, on this machine: times, memory, bytes. The results
 * go to bench/results/ as JSON, and as a plot and a table.
 *
 *   npm run bench                                all of it, five rounds
 *   npm run bench -- --rounds 1 --only profile   a quick look, nothing of the engine is written
 *   npm run bench -- --only hub                  requests and rounds against a stand-in Hub
 */
import { parseArgs } from "node:util";
import { findRestics } from "../test/support/peers.ts";
import { findProgram } from "../scripts/programs.ts";
import { plotOf } from "./engine/plot.ts";
import { holdfastContestant, resticContestant } from "./engine/programs.ts";
import { type EngineResults, ratiosOf, reportOf } from "./engine/report.ts";
import { measureRows } from "./engine/rows.ts";
import { browserProfileSample, nodeModulesSample } from "./engine/samples.ts";
import { measureSqlite } from "./engine/sqlite.ts";
import { measureStart } from "./engine/start.ts";
import { hubReportOf, measureHub } from "./hub/measure.ts";
import { folderSize } from "./support/folder-size.ts";
import { describeMachine } from "./support/machine.ts";
import { writeJson, writeResult } from "./support/results.ts";

const ENGINE_PARTS = ["node_modules", "profile", "sqlite", "start"] as const;
const PARTS = [...ENGINE_PARTS, "hub"] as const;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string", multiple: true } },
});
const rounds = Number(values.rounds);
const wanted = (part: (typeof PARTS)[number]): boolean =>
  values.only === undefined || values.only.includes(part);

if (ENGINE_PARTS.some(wanted)) await runEngine();
if (wanted("hub")) await runHub();

async function runEngine(): Promise<void> {
  const restics = await findRestics();
  const newest = restics.at(-1);
  if (newest === undefined) throw new Error("there is no restic to compare with: npm run tools");
  const contestants = [
    holdfastContestant(null),
    holdfastContestant(newest),
    ...restics.map((program) => resticContestant(program)),
  ];

  const samples = [];
  if (wanted("node_modules")) samples.push(nodeModulesSample());
  const chromium = await findProgram("chromium");
  if (wanted("profile") && chromium !== null) samples.push(await browserProfileSample(chromium));
  if (wanted("profile") && chromium === null)
    process.stderr.write("no profile: Chromium is not installed (npm run tools)\n");

  const rows = [];
  for (const sample of samples) rows.push(...(await measureRows(sample, contestants, rounds)));
  const results: EngineResults = {
    machine: describeMachine(import.meta.dirname),
    rounds,
    samples: samples.map(({ name, folder }) => ({ name, size: folderSize(folder) })),
    rows,
    sqlite: wanted("sqlite") ? await measureSqlite(contestants) : [],
    start: wanted("start") ? await measureStart() : null,
  };

  console.log(reportOf(results));
  if (values.only === undefined) {
    writeJson("engine.json", { ...results, ratios: ratiosOf(rows) });
    writeResult("engine.svg", plotOf(results));
    writeResult("engine.md", `# The engine against restic\n\n${reportOf(results)}`);
  }
}

async function runHub(): Promise<void> {
  const hub = await measureHub();
  console.log(hubReportOf(hub));
  writeJson("hub.json", { machine: describeMachine(import.meta.dirname), rows: hub });
  writeResult("hub.md", `# Saving and restoring over the Hub\n\n${hubReportOf(hub)}`);
}
