/*
 * `npm test`: everything that has to hold before a change is taken, quick things first. Arguments go
 * to the test runner: `npm test -- test/stores`.
 */
import { performance } from "node:perf_hooks";
import { ensurePrograms } from "./debian.ts";
import { buildPeers } from "./peers.ts";
import { runProgram } from "./programs.ts";

/** A check is a command that ends with 0 and whose output nobody reads while it does. */
const CHECKS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: "format", command: ["prettier", "--check", "."] },
  { name: "types", command: ["tsc"] },
  { name: "lint", command: ["oxlint"] },
  { name: "unused code and dependencies", command: ["knip"] },
  { name: "build", command: ["npm", "run", "--silent", "build"] },
  { name: "package", command: ["publint", "--strict"] },
];

process.exitCode = await check(process.argv.slice(2));

/** @returns the exit status */
async function check(testArguments: readonly string[]): Promise<number> {
  if (!(await ensurePrograms())) return 2;
  // Building restic takes a minute, the first time: the checks run meanwhile.
  const [reason, passed] = await Promise.all([buildPeers(), runChecks()]);
  if (reason !== null) console.log(`${reason} (tests that need it are skipped)`);
  if (!passed) return 1;
  return (await runProgram("vitest", ["run", ...testArguments], { inherit: true })).status;
}

/** Runs all of them, also after one that failed, so that one look shows everything. */
async function runChecks(): Promise<boolean> {
  let passed = true;
  for (const { name, command } of CHECKS) {
    const started = performance.now();
    const [program, ...programArguments] = command;
    const { status, output } = await runProgram(program, programArguments);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${status === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
    if (status !== 0) console.log(output);
    passed &&= status === 0;
  }
  return passed;
}
