import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESULTS = join(import.meta.dirname, "..", "results");

/** Writes a file below `bench/results/`. */
export function writeResult(name: string, content: string): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, name), content);
}

/** Writes a value as JSON below `bench/results/`. */
export function writeJson(name: string, value: unknown): void {
  writeResult(name, JSON.stringify(value, null, 2) + "\n");
}
