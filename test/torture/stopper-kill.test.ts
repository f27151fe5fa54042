import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { type RunningChild, startChild, startScript, stateOf, until } from "../capture/live/running-child.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import type { RunningProcess } from "../support/run.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const KILLS = LONG ? 100 : 8;
const PRELOAD = pathToFileURL(join(import.meta.dirname, "kill-in-pause.fixture.ts")).href;
const MAX_PAUSE_MS = 2_000;
/** What becomes of the steps that are taken for a pause when one had fewer. */
const SHORTER = 0.85;
const onLinux = test.skipIf(process.platform !== "linux");

/** Starts a process again and again, and holds a file open. */
const STARTER = 'exec 3>>"$1/held"; echo ready; while :; do (: >"$1/touched"); echo >&3; done';

onLinux(`whoever stops an app and is killed in ${KILLS} pauses leaves nobody stopped`, async () => {
  const random = createRandom(printedSeed("killed stoppers"));
  await using folder = await temporaryFolder();
  await using app = await startChild("lock-step", folder.at("s"));
  await using starter = await startScript(STARTER, folder.at("s"));
  let steps = await stepsOfAPause(folder);
  let struck = 0;
  for (let round = 0; struck < KILLS && round < 5 * KILLS; round += 1) {
    const step = 1 + Math.floor(((struck + random.fraction()) / KILLS) * steps);
    const { signal, status, stderr } = await strike(folder, "SIGKILL", step).ended;
    if (signal === "SIGKILL") struck += 1;
    // Its pause was over before: it had fewer steps than the one that was counted.
    else if (status === 0) steps = Math.max(1, Math.floor(steps * SHORTER));
    else throw new Error(`it failed by itself: ${stderr}`);
    await mustGoOn(app, starter, folder);
  }
  expect(struck).toBe(KILLS);
  process.stdout.write(`stoppers: killed ${struck} times, in pauses of about ${steps} steps\n`);
});

onLinux(
  "an app goes on after the longest pause although its stopper hangs; whose save is then no lie",
  async () => {
    await using folder = await temporaryFolder();
    await using app = await startChild("lock-step", folder.at("s"));
    await using starter = await startScript(STARTER, folder.at("s"));
    const hanging = strike(folder, "SIGSTOP", 10);
    await until("the stopper hangs", () => stateOf(hanging.pid) === "T");
    await mustGoOn(app, starter, folder);
    hanging.kill("SIGCONT");
    const { status, stdout } = await hanging.ended;
    expect(status).toBe(0);
    const { freeze } = JSON.parse(stdout.toString()) as { freeze: { outcome: string; attempts: number } };
    expect(freeze.outcome).toBe("stopped");
    expect(freeze.attempts).toBeGreaterThanOrEqual(2);
    await mustGoOn(app, starter, folder);
  },
);

function holdfastIn(folder: TemporaryFolder): Holdfast {
  return openHoldfast({ store: folder.at("r"), password: "stopped", home: folder.path });
}

/** Saves, with a signal to the saver at a step of the pause. */
function strike(folder: TemporaryFolder, signal: NodeJS.Signals, step: number): RunningProcess {
  return save(folder, { HOLDFAST_TEST_STEP: String(step), HOLDFAST_TEST_SIGNAL: signal });
}

function save(folder: TemporaryFolder, more: NodeJS.ProcessEnv): RunningProcess {
  const env = { NODE_OPTIONS: `--import ${PRELOAD}`, ...more };
  const limit = ["--max-pause", String(MAX_PAUSE_MS)];
  const args = ["save", "--state", folder.at("s"), "--freeze", "always", ...limit, "--json"];
  return holdfastIn(folder).start(args, { env });
}

async function stepsOfAPause(folder: TemporaryFolder): Promise<number> {
  const { status, stderr } = await save(folder, { HOLDFAST_TEST_STEPS_FILE: folder.at("steps") }).ended;
  if (status !== 0) throw new Error(`it failed by itself: ${stderr}`);
  return Number(readFileSync(folder.at("steps"), "utf8"));
}

/** Both processes are running, and write. */
async function mustGoOn(app: RunningChild, starter: RunningChild, folder: TemporaryFolder): Promise<void> {
  for (const { pid } of [app, starter]) await until(`${pid} goes on`, () => stateOf(pid) !== "T");
  const [count, size] = [countOf(folder), sizeOf(folder)];
  await until("the app counts", () => countOf(folder) !== count);
  await until("the starter writes", () => sizeOf(folder) !== size);
  await until("nobody is stopped", () => stoppedBelow(starter.pid).length === 0);
}

function countOf(folder: TemporaryFolder): string {
  return readFileSync(folder.at("s", "a"), "latin1");
}

function sizeOf(folder: TemporaryFolder): number {
  return readFileSync(folder.at("s", "held")).byteLength;
}

/** Stopped processes of a group. */
function stoppedBelow(group: number): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || stateOf(Number(pid)) !== "T") return false;
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "latin1");
      return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[2]) === group;
    } catch {
      return false;
    }
  });
}
