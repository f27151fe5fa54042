import { cpSync, existsSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { BUILT_ENTRY, type Holdfast, openHoldfast } from "../../test/support/holdfast.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/temporary-folder.ts";
import { makeBrowserProfile, openBrowser, serveSite } from "../engine/browser-profile.ts";
import { type FolderSize, folderSize } from "../support/folder-size.ts";
import type { Machine } from "../support/machine.ts";
import { markdownTable } from "../support/markdown.ts";
import { median, percentile, rounded } from "../support/statistics.ts";

/** Pauses of one kind of save, in milliseconds. */
export interface Pauses {
  readonly saves: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Saves for which nobody had to be stopped. */
  readonly still: number;
}

/** A running Chromium with a profile of one size. */
export interface PauseRow {
  readonly profileMB: number;
  readonly size: FolderSize;
  readonly firstSave: Pauses;
  readonly laterSaves: Pauses;
  /** How long the browser would stand still for a copy of everything. */
  readonly fullCopyMs: number;
}

/** All that {@link measurePauses} found out, and where. */
export interface PauseResults {
  readonly machine: Machine;
  readonly profiles: readonly PauseRow[];
}

const PROFILES_MB = [10, 60, 300] as const;
/** `design.md`, "Numbers to reach": at 60 MB, after the first save. */
const TARGET_P99_MS = 30;
const COPIES = 5;
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "bench");

/** A page that writes to everything that a page can write to, some fifty times a second. */
const KEEP_WRITING = `(() => {
  let count = 0;
  setInterval(async () => {
    const number = ++count;
    localStorage.setItem("count", String(number));
    document.cookie = "count=" + number + "; max-age=31536000";
    await putRows(await openDatabase(), number % 50);
    await (await caches.open("count")).put("/count", new Response(String(number)));
  }, 20);
})()`;

/**
 * How long a running Chromium stands still while it is saved.
 *
 * @param saves later saves of each profile; a fifth as many first ones
 */
export async function measurePauses(chromium: string, saves: number): Promise<PauseRow[]> {
  const rows: PauseRow[] = [];
  for (const profileMB of PROFILES_MB) rows.push(await measureProfile(chromium, profileMB, saves));
  return rows;
}

async function measureProfile(chromium: string, profileMB: number, saves: number): Promise<PauseRow> {
  const template = join(CACHE, `chromium-${profileMB}`);
  if (!existsSync(template)) await makeBrowserProfile(chromium, template, profileMB * 1_000_000);
  await using folder = await temporaryFolder();
  const profile = folder.at("profile");
  cpSync(template, profile, { recursive: true });
  const size = folderSize(profile);
  const fullCopyMs = median(Array.from({ length: COPIES }, () => timeOfCopy(profile, folder.at("copy"))));
  const server = await serveSite();
  const browser = await openBrowser(chromium, profile);
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/page/1`);
    await page.evaluate(KEEP_WRITING);
    const first = await savesInto(folder, profile, Math.ceil(saves / 5), (round) => `first-${round}`);
    const later = await savesInto(folder, profile, saves + 1, () => "later");
    return {
      profileMB,
      size,
      firstSave: summarise(first),
      laterSaves: summarise(later.slice(1)),
      fullCopyMs: rounded(fullCopyMs),
    };
  } finally {
    await browser.close();
    server.close();
  }
}

function timeOfCopy(source: string, target: string): number {
  const startedMs = performance.now();
  cpSync(source, target, { recursive: true });
  const tookMs = performance.now() - startedMs;
  rmSync(target, { recursive: true });
  return tookMs;
}

/** Milliseconds of each pause. */
async function savesInto(
  folder: TemporaryFolder,
  profile: string,
  count: number,
  nameOf: (round: number) => string,
): Promise<number[]> {
  const pauses: number[] = [];
  for (let round = 0; round < count; round++) {
    const holdfast = openHoldfast({
      store: folder.at(nameOf(round)),
      password: "benchmark",
      home: folder.path,
      entry: BUILT_ENTRY,
    });
    pauses.push(await pauseOf(holdfast, profile));
  }
  return pauses;
}

async function pauseOf(holdfast: Holdfast, profile: string): Promise<number> {
  const words = ["save", "--state", profile, "--freeze", "auto", "--max-pause", "5000"];
  const { paused_ms: pausedMs, freeze } = (await holdfast.json(words)) as {
    readonly paused_ms: number;
    readonly freeze: { readonly outcome: string; readonly reason: string | null };
  };
  if (freeze.outcome !== "stopped" && freeze.outcome !== "still") throw new Error(JSON.stringify(freeze));
  return pausedMs;
}

function summarise(pauses: readonly number[]): Pauses {
  return {
    saves: pauses.length,
    medianMs: rounded(median(pauses)),
    p99Ms: rounded(percentile(pauses, 99)),
    maxMs: rounded(Math.max(...pauses)),
    still: pauses.filter((pause) => pause === 0).length,
  };
}

/** The results as Markdown. */
export function pauseReportOf({ machine, profiles }: PauseResults): string {
  const facts = `Chromium, with a page that writes to localStorage, IndexedDB, the Cache API and cookies every 20 ms; ${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, ${machine.fileSystem}, Node ${machine.node}.`;
  const head = [
    "profile, MB",
    "files",
    "save",
    "saves",
    "median, ms",
    "p99, ms",
    "max, ms",
    "target for p99, ms",
    "full copy, ms",
  ];
  const lines = profiles.flatMap((row) => [lineOf(row, "first"), lineOf(row, "later")]);
  return `${facts}\n\n${markdownTable(head, lines)}\n`;
}

function lineOf(row: PauseRow, save: "first" | "later"): (string | number)[] {
  const { profileMB, size, fullCopyMs } = row;
  const { saves, medianMs, p99Ms, maxMs } = save === "first" ? row.firstSave : row.laterSaves;
  const target = profileMB === 60 && save === "later" ? TARGET_P99_MS : "-";
  return [rounded(size.bytes / 1e6), size.files, save, saves, medianMs, p99Ms, maxMs, target, fullCopyMs];
}
