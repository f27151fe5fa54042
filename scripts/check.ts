/*
 * `npm test`: everything that has to hold before a change is taken, quick things first. Arguments go
 * to the test runner: `npm test -- test/stores`.
 */
import { performance } from "node:perf_hooks";
import { ensurePrograms } from "./debian.ts";
import { unpackNginx } from "./nginx.ts";
import { buildPeers } from "./peers.ts";
import { runProgram } from "./programs.ts";
import { installPythonClients } from "./python-client.ts";

/** npm scripts whose output matters only when they fail, in two rows that run beside each other. */
const CHECKS: readonly (readonly string[])[] = [
  ["check-format", "unused"],
  ["build", "check-package", "typecheck", "lint"],
];

process.exitCode = await check(process.argv.slice(2));

/** @returns the exit status */
async function check(testArguments: readonly string[]): Promise<number> {
  if (!(await ensurePrograms())) return 2;
  // Building restic and the servers takes minutes, the first time: the checks run meanwhile.
  const [passed, peers, clients, nginx] = await Promise.all([
    runChecks(),
    buildPeers(),
    installPythonClients(),
    unpackNginx(),
  ]);
  for (const reason of [...peers, ...clients, nginx])
    if (reason !== null) console.log(`${reason} (tests that need it are skipped)`);
  if (!passed) return 1;
  return (await runProgram("vitest", ["run", ...testArguments], { inherit: true })).status;
}

/** Runs all of them, also after one that failed, so that one look shows everything. */
async function runChecks(): Promise<boolean> {
  const rows = await Promise.all(
    CHECKS.map(async (row) => {
      let passed = true;
      for (const name of row) passed = (await runCheck(name)) && passed;
      return passed;
    }),
  );
  return rows.every(Boolean);
}

async function runCheck(name: string): Promise<boolean> {
  const started = performance.now();
  const { status, output } = await runProgram("npm", ["run", "--silent", name]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  if (status !== 0) console.log(output);
  return status === 0;
}
