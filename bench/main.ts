/*
 * The engine against restic, in one run and in turn, on this machine: times, memory, bytes. The results
 * go to bench/results/ as JSON, and as a plot and a table.
 *
 *   npm run bench                                all of it, five rounds
 *   npm run bench -- --rounds 1 --only profile   a quick look, nothing is written
 *   npm run bench -- --only size --idle 5        browsers that run, with less than a minute of idling
 *   npm run bench -- --only size --write         and the sizes are kept
 *   npm run bench -- --only pause --write        how long a browser stands still; the results are kept
 *   npm run bench -- --only run --write          how soon an app starts under holdfast run, and what that costs
 *   npm run bench -- --only start --against ../other-clone   is this build slower to start than another one
 *   npm run bench -- --only hub                  requests and rounds against a stand-in Hub
 */
import { parseArgs } from "node:util";
import { BROWSERS, findBrowser } from "../test/live/browsers.ts";
import { findRestics } from "../test/support/peers.ts";
import { findProgram } from "../scripts/programs.ts";
import { plotOf } from "./engine/plot.ts";
import { holdfastContestant, resticContestant } from "./engine/programs.ts";
import { type EngineResults, ratiosOf, reportOf } from "./engine/report.ts";
import { measureRows } from "./engine/rows.ts";
import { browserProfileSample, nodeModulesSample, type Sample } from "./engine/samples.ts";
import { measureSqlite } from "./engine/sqlite.ts";
import { measureStart } from "./engine/start.ts";
import { againstReportOf, measureStartAgainst } from "./engine/start-against.ts";
import { hubReportOf, measureHub } from "./hub/measure.ts";
import { measureSizes } from "./live/size.ts";
import { type SizeResults, sizeReportOf } from "./live/size-report.ts";
import { measurePauses, type PauseResults, pauseReportOf } from "./live/pause.ts";
import { measureIdle } from "./run/idle.ts";
import { runReportOf, type RunResults } from "./run/report.ts";
import { measureStartUp } from "./run/start-up.ts";
import { folderSize } from "./support/folder-size.ts";
import { describeMachine } from "./support/machine.ts";
import { writeJson, writeResult } from "./support/results.ts";

const ENGINE_PARTS = ["node_modules", "profile", "sqlite", "start"] as const;
const PARTS = [...ENGINE_PARTS, "size", "pause", "hub", "run"] as const;
/** Saves of each profile under a writing browser, for each round. */
const PAUSES_A_ROUND = 20;

/** With caches and all, as restic saves them. */
const WHOLE = ["--whole-profiles"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", multiple: true },
    idle: { type: "string", default: "60" },
    against: { type: "string" },
    minutes: { type: "string", default: "10" },
    write: { type: "boolean", default: false },
  },
});

const rounds = Number(values.rounds);
const wanted = (part: (typeof PARTS)[number]): boolean =>
  values.only === undefined || values.only.includes(part);

const restics = await findRestics("all");
const samples: Sample[] = [];
if (wanted("node_modules")) samples.push(nodeModulesSample());
const chromium = await findProgram("chromium");
if (wanted("profile") && chromium !== null) samples.push(await browserProfileSample(chromium));
if ((wanted("profile") || wanted("pause") || wanted("run")) && chromium === null)
  process.stderr.write("no profile: Chromium is not installed (npm run tools)\n");

if (values.against !== undefined) console.log(againstReportOf(await measureStartAgainst(values.against)));
else if (ENGINE_PARTS.some(wanted)) await measureEngine();
if (wanted("size")) await measureLiveSizes();
if (wanted("pause")) await measureLivePauses();
if (wanted("hub")) await measureHubStore();
if (wanted("run")) await measureRun();

async function measureEngine(): Promise<void> {
  const newest = restics.at(-1);
  if (newest === undefined) throw new Error("there is no restic to compare with: npm run tools");
  const contestants = [
    holdfastContestant(null, WHOLE),
    holdfastContestant(newest, WHOLE),
    ...restics.map((program) => resticContestant(program)),
  ];
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
  if (values.only !== undefined) return;
  writeJson("engine.json", { ...results, ratios: ratiosOf(rows) });
  writeResult("engine.svg", plotOf(results));
  writeResult("engine.md", `# The engine against restic\n\n${reportOf(results)}`);
}

async function measureLiveSizes(): Promise<void> {
  const browsers = [];
  for (const browser of BROWSERS) {
    const program = await findBrowser(browser);
    if (program === null) continue;
    const peers = restics.map((restic) => resticContestant(restic));
    const ours = [holdfastContestant(null), holdfastContestant(null, WHOLE)];
    const idleSeconds = Number(values.idle);
    browsers.push(await measureSizes({ browser, program, contestants: [...ours, ...peers], idleSeconds }));
  }
  const results: SizeResults = { machine: describeMachine(import.meta.dirname), browsers };
  console.log(sizeReportOf(results));
  if (values.only !== undefined && !values.write) return;
  writeJson("size.json", results);
  writeResult("size.md", `# What is stored of a browser that runs\n\n${sizeReportOf(results)}`);
}

async function measureLivePauses(): Promise<void> {
  if (chromium === null) return;
  const profiles = await measurePauses(chromium, PAUSES_A_ROUND * rounds);
  const results: PauseResults = { machine: describeMachine(import.meta.dirname), profiles };
  console.log(pauseReportOf(results));
  if (values.only !== undefined && !values.write) return;
  writeJson("pause.json", results);
  writeResult("pause.md", `# How long a browser stands still\n\n${pauseReportOf(results)}`);
}

async function measureHubStore(): Promise<void> {
  const rows = await measureHub();
  console.log(hubReportOf(rows));
  if (values.only !== undefined && !values.write) return;
  writeJson("hub.json", { machine: describeMachine(import.meta.dirname), rows });
  writeResult("hub.md", `# Saving and restoring over the Hub\n\n${hubReportOf(rows)}`);
}

async function measureRun(): Promise<void> {
  if (chromium === null) return;
  const minutes = Number(values.minutes);
  const results: RunResults = {
    machine: describeMachine(import.meta.dirname),
    startUp: await measureStartUp(chromium, 3 * rounds),
    idle: minutes > 0 ? await measureIdle(chromium, minutes) : null,
  };
  console.log(runReportOf(results));
  if (values.only !== undefined && !values.write) return;
  writeJson("run.json", results);
  writeResult("run.md", `# Running an app\n\n${runReportOf(results)}`);
}
