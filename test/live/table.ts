import { markdownTable } from "../../bench/support/markdown.ts";
import { median } from "../../bench/support/statistics.ts";
import type { BrowserKind } from "./browsers.ts";
import type { Freeze, HotSave } from "./hot-saves.ts";

/** Saves of one browser, done in one way. */
export interface TableRow {
  readonly kind: BrowserKind;
  readonly freeze: Freeze;
  readonly saves: readonly HotSave[];
}

/** The table that the long run is judged by. */
export function tableOf(rows: readonly TableRow[]): string {
  const head = [
    "browser",
    "--freeze",
    "copies",
    "save, ms (median / max)",
    "pause, ms (median / p99 / max)",
    "does not open",
    "lost or damaged",
    "not flushed yet",
    "oldest of these, s",
  ];
  const body = rows.map(({ kind, freeze, saves }) => {
    const pauses = saves.map(({ pausedMs }) => pausedMs);
    const times = saves.map(({ saveMs }) => saveMs);
    const faulty = saves.filter(({ faults }) => faults.length > 0);
    const unopened = faulty.filter(({ faults }) => faults.some((text) => text.startsWith("does not open")));
    const waiting = saves.flatMap(({ notFlushedMs }) => notFlushedMs);
    return [
      kind,
      freeze,
      saves.length,
      `${Math.round(median(times))} / ${Math.round(Math.max(...times))}`,
      pauseCell(pauses),
      unopened.length,
      faulty.length - unopened.length,
      saves.filter(({ notFlushedMs }) => notFlushedMs.length > 0).length,
      (Math.max(0, ...waiting) / 1000).toFixed(1),
    ];
  });
  return `\n${markdownTable(head, body)}\n`;
}

function pauseCell(pauses: readonly number[]): string {
  const sorted = pauses.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  return [median(sorted), p99, sorted.at(-1) ?? 0].map((value) => Math.round(value)).join(" / ");
}
