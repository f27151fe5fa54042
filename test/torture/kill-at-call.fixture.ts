/*
 * Loaded before a program (`node --import`), this ends it with SIGKILL right before its main thread
 * changes the file system for the nth time: HOLDFAST_TEST_KILL_AT_CALL=n. Without a number it writes to
 * the file HOLDFAST_TEST_CALLS_FILE how many calls there were.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const CHANGING = [
  "chmod",
  "link",
  "mkdir",
  "open",
  "rename",
  "rm",
  "rmdir",
  "symlink",
  "unlink",
  "write",
  "writeFile",
];

type Functions = Record<string, ((...values: unknown[]) => unknown) | undefined>;

const killAt = Number(process.env["HOLDFAST_TEST_KILL_AT_CALL"] ?? Number.NaN);
const callsFile = process.env["HOLDFAST_TEST_CALLS_FILE"];
const { writeFileSync } = fs;
let calls = 0;

if (isMainThread) {
  for (const name of CHANGING) {
    count(fs as unknown as Functions, `${name}Sync`);
    count(fs.promises as unknown as Functions, name);
  }
  syncBuiltinESMExports();
  if (callsFile !== undefined) process.on("exit", () => writeFileSync(callsFile, String(calls)));
}

function count(functions: Functions, name: string): void {
  const original = functions[name];
  if (original === undefined) return;
  functions[name] = function counted(this: unknown, ...values: unknown[]): unknown {
    // Reading is no change, but looks the same at `open`.
    const isRead =
      name.startsWith("open") && (values[1] === undefined || values[1] === "r" || values[1] === 0);
    if (!isRead && ++calls === killAt) process.kill(process.pid, "SIGKILL");
    return original.apply(this, values);
  };
}
