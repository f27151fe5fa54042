/*
 * Adds up what the test runner wrote as JSON to a folder and prints it as one line.
 *
 *   node scripts/summarize-tests.ts FOLDER
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The fields of vitest's JSON reports that are counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

const folder = process.argv[2] ?? ".";
let [passed, failed, skipped] = [0, 0, 0];
for (const name of globSync("*.json", { cwd: folder })) {
  const report = JSON.parse(readFileSync(join(folder, name), "utf8")) as Report;
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
