import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { expect } from "vitest";
import { tablesOf } from "../../project/markdown.ts";
import type { Running } from "./running.ts";

/** The faults, in the order of the table. */
export const FAULTS = [
  "the store is down at the start",
  "the store is down at the start, with `--require-restore`",
  "the store is down at the start, and a person adopts what the app has",
  "the store hangs at the start",
  "the store goes down later",
  "the newest snapshot is damaged",
  "all snapshots are damaged",
  "the token is revoked before the start",
  "the token is revoked later",
  "the disk is full at the restore",
  "the disk is full later",
  "the disk of the store is full",
  "the clock is a day ahead",
  "the clock is a day behind",
  "the app crashes once",
  "the app crashes five times in a row",
  "the app ignores SIGTERM",
  "two instances on one machine",
  "two instances on two machines",
  "everything is killed, in every state",
] as const;

/** A fault of the table. */
export type Fault = (typeof FAULTS)[number];

/** What a test has seen of a fault. */
export interface Seen {
  /** The run that the fault happened to, when it has ended. */
  readonly run: Running;
  readonly status: number | null;
  /** Lines that are no warnings and tell of the fault too. */
  readonly also?: RegExp;
  /** What is lost of what was not saved yet, in a few words; nothing that was saved ever is. */
  readonly unsaved?: string;
}

const DOCUMENT = join(import.meta.dirname, "..", "..", "..", "docs", "run-faults.md");
const HEAD = ["fault", "what the user sees", "exit status", "lost of what was saved", "lost of what was not"];

/**
 * Compares what was seen of a fault with its row in `docs/run-faults.md`; with `HOLDFAST_WRITE=1` it becomes
 * the row, in one process at a time.
 */
export async function compareWithTable(fault: Fault, seen: Seen): Promise<void> {
  const row = rowOf(fault, seen);
  if (process.env["HOLDFAST_WRITE"] === "1") await (written = written.then(() => writeRow(row)));
  expect(tableRows().find(([name]) => name === fault)).toEqual(row);
}

/** The rows of the table, as they stand in the document. */
export function tableRows(): readonly (readonly string[])[] {
  const tables = tablesOf(readFileSync(DOCUMENT, "utf8"));
  return tables.find(({ header }) => header[0] === HEAD[0])?.rows ?? [];
}

function rowOf(fault: Fault, { run, status, also, unsaved = "nothing" }: Seen): readonly string[] {
  const isTold = (line: string): boolean =>
    /^(holdfast: (warning|error)|hint:)/.test(line) || also?.test(line) === true;
  // What is tried again is told again, as often as the machine is slow.
  const lines = [...new Set(run.said.filter(isTold).map(masked))];
  const exit = status === null ? "killed" : String(status);
  return [fault, lines.map((line) => `\`${line}\``).join("<br>") || "nothing", exit, "nothing", unsaved];
}

/** Without what is different each time. */
function masked(line: string): string {
  return line
    .replace(/\/\S*\/(?:machine|store)\b/g, "/app")
    .replace(/\b127\.0\.0\.1:\d+/g, "HUB")
    .replace(/\b[0-9a-f]{8}\b/g, "ID")
    .replace(/\b[0-9a-f]{64}\b/g, "ID")
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replace(/\bas process \d+/g, "as process N")
    .replace(/ \(tried \d+ times in [\d.]+ s\)/g, "")
    .replace(/\b\d+(?:\.\d+)? (?:s|ms|B|KiB|MiB)\b/g, "N");
}

/** One row at a time, as each of them writes the whole document. */
let written = Promise.resolve();

async function writeRow(row: readonly string[]): Promise<void> {
  const text = readFileSync(DOCUMENT, "utf8");
  const rows = new Map([...tableRows(), row].map((each) => [each[0], each]));
  const ordered = FAULTS.flatMap((fault) => {
    const found = rows.get(fault);
    return found === undefined ? [] : [found];
  });
  const table = [HEAD, HEAD.map(() => "---"), ...ordered]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
  const without = text.replace(/^\|.*\n/gm, "").trimEnd();
  const marker = "<!-- the table -->";
  const whole = without.replace(marker, `${marker}\n\n${table}`);
  writeFileSync(DOCUMENT, await format(whole, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT }));
}
