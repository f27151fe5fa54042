import { rounded } from "../support/statistics.ts";
import { ratiosOf, type EngineResults } from "./report.ts";
import { type Row, WORKS } from "./rows.ts";

const WIDTH = 860;
const LABEL_WIDTH = 210;
const BAR_HEIGHT = 15;
const GROUP_GAP = 16;
const COLOURS = ["#0b6e8a", "#6fb3c5", "#b9b9b9", "#7d7d7d"];

/** Bars of the median times as SVG: a group for each work, a bar for each program, each group to its own scale. */
export function plotOf(results: EngineResults): string {
  const parts: string[] = [];
  let top = 56;
  for (const sample of results.samples) {
    parts.push(
      text(
        16,
        top,
        `${sample.name}: ${sample.size.files} files, ${rounded(sample.size.bytes / 1e6)} MB`,
        "bold",
      ),
    );
    top += 18;
    for (const work of WORKS) {
      const rows = results.rows.filter((row) => row.sample === sample.name && row.work === work);
      parts.push(text(28, top + 12, work), ...barsOf(rows, results.rows, top));
      top += rows.length * BAR_HEIGHT + GROUP_GAP;
    }
    top += 22;
  }
  const title = `Time against restic, seconds, median of ${results.rounds} (shorter is better; each group to its own scale)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(16, 26, title, "bold"),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function barsOf(rows: readonly Row[], all: readonly Row[], top: number): string[] {
  const longest = Math.max(...rows.map((row) => row.medianSeconds));
  const scale = (WIDTH - LABEL_WIDTH - 330) / longest;
  return rows.flatMap((row, index) => {
    const y = top + index * BAR_HEIGHT;
    const width = Math.max(1, rounded(row.medianSeconds * scale, 4));
    const label = `${row.medianSeconds} s  ${row.program}${ratioText(row, all)}`;
    return [
      `<rect x="${LABEL_WIDTH}" y="${y + 2}" width="${width}" height="${BAR_HEIGHT - 3}" fill="${COLOURS[index % COLOURS.length]}"/>`,
      text(LABEL_WIDTH + width + 8, y + 13, label),
    ];
  });
}

/** Against the newest restic, which comes last. */
function ratioText(row: Row, all: readonly Row[]): string {
  const group = all.filter(({ sample, work }) => sample === row.sample && work === row.work);
  const ratio = ratiosOf(group).findLast(({ program }) => program === row.program);
  return ratio === undefined ? "" : `  (${ratio.ratio} × ${ratio.peer})`;
}

function text(x: number, y: number, content: string, weight: "normal" | "bold" = "normal"): string {
  return `<text x="${x}" y="${y}" font-weight="${weight}" fill="#222222" xml:space="preserve">${content}</text>`;
}
