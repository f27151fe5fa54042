/*
 * Loaded before a program (`node --import`), this sends the program a signal at the nth step of the first
 * pause in which it holds other processes: HOLDFAST_TEST_STEP=n, HOLDFAST_TEST_SIGNAL=SIGKILL. Steps are
 * the signals that it sends and the looks that it takes at files. Without a number it writes to the file
 * HOLDFAST_TEST_STEPS_FILE how many there were.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const LOOKS = ["lstatSync", "openSync", "readFileSync", "readSync", "readdirSync"];

type Functions = Record<string, (...values: unknown[]) => unknown>;

const stepToStrikeAt = Number(process.env["HOLDFAST_TEST_STEP"] ?? Number.NaN);
const signal = (process.env["HOLDFAST_TEST_SIGNAL"] ?? "SIGKILL") as NodeJS.Signals;
const stepsFile = process.env["HOLDFAST_TEST_STEPS_FILE"];
const kill = process.kill.bind(process);
const { readFileSync, writeFileSync } = fs;
/** Targets of signals: processes, and groups by their negative numbers. */
const stopped = new Set<number>();
let steps = 0;

function step(): void {
  if (stopped.size > 0 && ++steps === stepToStrikeAt) kill(process.pid, signal);
}

/** With a group go all that are in it; who has ended meanwhile is not waited for. */
function goOn(target: number): void {
  for (const pid of stopped) {
    if (pid === target || [-target, null].includes(groupOf(pid))) stopped.delete(pid);
  }
}

function groupOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[2]);
  } catch {
    return null;
  }
}

if (isMainThread) {
  process.kill = (pid, sent) => {
    const done = kill(pid, sent);
    if (sent === "SIGSTOP") stopped.add(pid);
    step();
    if (sent === "SIGCONT") goOn(pid);
    return done;
  };
  for (const name of LOOKS) {
    const functions = fs as unknown as Functions;
    const original = functions[name];
    if (original === undefined) continue;
    functions[name] = (...values) => {
      step();
      return original.apply(fs, values);
    };
  }
  syncBuiltinESMExports();
  if (stepsFile !== undefined) process.on("exit", () => writeFileSync(stepsFile, String(steps)));
}
