import type { Machine } from "../support/machine.ts";
import { markdownTable } from "../support/markdown.ts";
import { rounded } from "../support/statistics.ts";
import type { BrowserSizes } from "./size.ts";

/** What the programs store of browsers that run. */
export interface SizeResults {
  readonly machine: Machine;
  readonly browsers: readonly BrowserSizes[];
}

/** The results as Markdown. */
export function sizeReportOf({ machine, browsers }: SizeResults): string {
  const facts = `Linux ${machine.kernel}, ${machine.fileSystem}, Node ${machine.node}.`;
  return [facts, ...browsers.map((sizes) => browserReport(sizes))].join("\n\n") + "\n";
}

function browserReport({ browser, profile, idleSeconds, rows }: BrowserSizes): string {
  const peers = rows.filter(({ program }) => !program.startsWith("holdfast"));
  const least = (key: "firstBytes" | "nextBytes"): number => Math.min(...peers.map((row) => row[key]));
  const table = rows.map((row) => [
    row.program,
    row.firstBytes,
    rounded(row.firstBytes / profile.bytes, 2),
    rounded(row.firstBytes / least("firstBytes"), 2),
    row.nextBytes,
    rounded(row.nextBytes / least("nextBytes"), 2),
  ]);
  const head = [
    "program",
    "stored by the first save, bytes",
    "part of the profile",
    "part of the least of restic",
    `stored after ${idleSeconds} s of idling, bytes`,
    "part of the least of restic",
  ];
  const title = `## ${browser} (${profile.files} files, ${rounded(profile.bytes / 1e6)} MB)`;
  return `${title}\n\n${markdownTable(head, table)}`;
}
