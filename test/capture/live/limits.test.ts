import { closeSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findProgram } from "../../../scripts/programs.ts";
import type { FreezeOptions } from "../../../src/capture/live/freeze.ts";
import { findMembers } from "../../../src/capture/live/members.ts";
import { whileStopped } from "../../../src/capture/live/pause.ts";
import { Watchdog } from "../../../src/capture/live/watchdog.ts";
import { saveFolders } from "../../../src/capture/save.ts";
import { scratchRepository } from "../../repository/scratch.ts";
import { run } from "../../support/run.ts";
import { NO_SMALL_DISK, smallDisk } from "../../support/small-disk.ts";
import { bytePath, savedNames, scene } from "../saving.ts";
import { type RunningChild, startChild, startScript, stateOf, until } from "./running-child.ts";

const onLinux = test.skipIf(process.platform !== "linux");
const PYTHON = await findProgram("python3");
if (PYTHON === null) process.stdout.write("skipped: python3 is not installed\n");
/** No pause is as short as this. */
const TOO_SHORT_MS = 0.001;

function goesOn({ pid }: RunningChild): boolean {
  return stateOf(pid) !== "T";
}

onLinux(
  "a pause that would be too long is given up, tried again, and the save goes without or fails",
  async () => {
    await using place = await scene();
    await using child = await startChild("lock-step", place.state);
    const auto = await place.save({ freeze: { mode: "auto", maxPauseMs: TOO_SHORT_MS } });
    expect(auto.freeze).toMatchObject({
      outcome: "given-up",
      attempts: 3,
      reason: "it took longer than 0.001 ms",
    });
    expect(goesOn(child)).toBe(true);
    expect(await savedNames(place.repository, auto.snapshot)).toContain("a");
    const always = place.save({ freeze: { mode: "always", maxPauseMs: TOO_SHORT_MS } });
    await expect(always).rejects.toMatchObject({
      code: "NOT_FROZEN",
      message: "the app could not be stopped for a moment: it took longer than 0.001 ms",
    });
    expect(goesOn(child)).toBe(true);
  },
);

/** Waits, as for a disk that does not answer: a parent of vfork(2) until its child has opened a pipe. */
const WAITER = `
import os, sys, time
held = open(sys.argv[1] + "/held", "a")
print("ready", flush=True)
opening = [(os.POSIX_SPAWN_OPEN, 9, sys.argv[2], os.O_RDONLY, 0)]
os.posix_spawn("/bin/true", ["true"], {}, file_actions=opening)
time.sleep(100)
`;

test.skipIf(process.platform !== "linux" || PYTHON === null)(
  "who does not stop soon is not waited for, while others stand still",
  async () => {
    await using place = await scene();
    const pipe = place.beside("pipe");
    await run("mkfifo", [pipe]);
    await using other = await startChild("lock-step", place.state);
    const script = 'exec "$2" -c "$3" "$1" "$4"';
    await using waiter = await startScript(script, place.state, PYTHON ?? "", WAITER, pipe);
    await until("it waits", () => stateOf(waiter.pid) === "D");
    await using watchdog = await Watchdog.start();
    const members = findMembers({
      folders: [bytePath(place.state)],
      processGroup: undefined,
      processes: [],
      spared: watchdog.pid,
    });
    const stop = (): number => {
      const options = { members, watchdog, maxPauseMs: 20_000, maxStopMs: 10, onEnd: () => undefined };
      return whileStopped(options, () => members.processes.size).result;
    };
    expect(stop).toThrow(expect.objectContaining({ obstacle: "busy" }) as Error);
    expect(goesOn(other)).toBe(true);
    closeSync(openSync(pipe, "w"));
    await until("it waits no more", () => stateOf(waiter.pid) === "S");
    // on a busy machine not at the first attempt
    await until("all stand still", () => stopsAll(stop));
  },
);

function stopsAll(stop: () => number): boolean {
  try {
    return stop() > 1;
  } catch {
    return false;
  }
}

onLinux("a save that is given up between two attempts stops at once, and nobody stays stopped", async () => {
  await using place = await scene();
  await using child = await startChild("lock-step", place.state);
  const controller = new AbortController();
  const saving = place.save({
    freeze: { mode: "always", maxPauseMs: TOO_SHORT_MS },
    signal: controller.signal,
  });
  controller.abort();
  await expect(saving).rejects.toThrow();
  expect(goesOn(child)).toBe(true);
});

onLinux("nothing of the copies can be seen, neither in the state nor where temporary files are", async () => {
  await using place = await scene();
  writeFileSync(place.at("large"), Buffer.alloc(20_000_000, "large"));
  await using _child = await startChild("lock-step", place.state);
  const seen = new Set<string>();
  const { snapshot } = await place.save({
    freeze: { mode: "always", maxPauseMs: 5_000 },
    onProgress: () => {
      for (const name of [...readdirSync(place.state), ...readdirSync(place.beside())]) seen.add(name);
    },
  });
  const ours = new Set(["a", "b", "large", "next~", "only", "replaced", "s"]);
  expect([...seen].filter((name) => !ours.has(name))).toEqual([]);
  expect(await savedNames(place.repository, snapshot)).toEqual(expect.arrayContaining(["a", "b", "large"]));
});

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: full disks: ${NO_SMALL_DISK}\n`);

test.skipIf(NO_SMALL_DISK !== null)(
  "copies take at most half of what is free, then go elsewhere, and where there is no room it is said",
  async () => {
    await using state = await smallDisk(12_000_000);
    await using temporary = await smallDisk(40_000_000);
    writeFileSync(state.at("file"), Buffer.alloc(7_000_000, "file"));
    await using child = await startScript(
      'exec 3>>"$1/held"; echo ready; while :; do echo line >&3; done',
      state.path,
    );
    const save = (freeze: FreezeOptions) =>
      saveFolders(scratchRepository(), {
        folders: [state.path],
        parent: null,
        tags: [],
        programVersion: "test",
        freeze,
      });
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = temporary.path;
    try {
      const roomy = await save({ mode: "always", maxPauseMs: 5_000 });
      expect(roomy.freeze.outcome).toBe("stopped");
      process.env["TMPDIR"] = state.path;
      const auto = await save({ mode: "auto", maxPauseMs: 5_000 });
      expect(auto.freeze).toMatchObject({
        outcome: "given-up",
        reason: "there is not enough room on the disk for copies of what changed",
      });
      await expect(save({ mode: "always", maxPauseMs: 5_000 })).rejects.toMatchObject({ code: "DISK_FULL" });
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    expect(goesOn(child)).toBe(true);
    expect(readdirSync(temporary.path)).toEqual([]);
  },
);
