import { markdownTable } from "../../../bench/support/markdown.ts";
import { median } from "../../../bench/support/statistics.ts";
import { LOGGED_IN } from "../../../demo/browser.ts";
import type { Tick } from "./app-lines.ts";
import { type End, ENDS, type Start } from "./starts.ts";

/** How much of the work of a start the next one did not find, in milliseconds: 0 when nothing is missing. */
export function lossMs({ first, written }: Pick<Start, "first" | "written">, found: Tick | null): number {
  const lastMs = Math.max(found?.atMs ?? 0, first.atMs);
  return (found?.number ?? 0) >= written.number ? 0 : written.atMs - lastMs;
}

/** The table that the long run is judged by, a row for each way in which starts were ended. */
export function tableOf(name: string, starts: readonly Start[]): string {
  const head = [
    "browser, store",
    "ended by",
    "starts",
    "logged in",
    "last save cut off",
    "lost of a file, s (median / max)",
    "lost of localStorage, s (median / max)",
  ];
  return `\n${markdownTable(
    head,
    ENDS.flatMap((end) => rowOf(name, end, starts)),
  )}\n`;
}

function rowOf(name: string, end: End, all: readonly Start[]): (string | number)[][] {
  const starts = all.filter((start) => start.end === end);
  if (starts.length === 0) return [];
  return [
    [
      name,
      SHOWN[end],
      starts.length,
      starts.filter(({ next }) => next.status === LOGGED_IN).length,
      starts.filter(({ isCutOff }) => isCutOff).length,
      losses(starts.map((start) => lossMs(start, start.next.file))),
      losses(starts.map((start) => lossMs(start, start.next.storage))),
    ],
  ];
}

const SHOWN: Readonly<Record<End, string>> = {
  SIGTERM: "SIGTERM",
  SIGKILL: "SIGKILL",
  "3 s": "SIGTERM, SIGKILL after 3 s",
};

function losses(values: readonly number[]): string {
  return [median(values), Math.max(...values)].map((ms) => (ms / 1000).toFixed(1)).join(" / ");
}
