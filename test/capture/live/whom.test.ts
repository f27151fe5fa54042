import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FreezeOptions, FreezeReport } from "../../../src/capture/live/freeze.ts";
import { findMappedFiles, findMembers, type WhomToStop } from "../../../src/capture/live/members.ts";
import { readProcess } from "../../../src/capture/live/processes.ts";
import { openHoldfast } from "../../support/holdfast.ts";
import { run } from "../../support/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { bytePath, longAgo, scene } from "../saving.ts";
import { startChild, startScript, stateOf, until } from "./running-child.ts";

const ALWAYS: FreezeOptions = { mode: "always", maxPauseMs: 5_000 };
const onLinux = test.skipIf(process.platform !== "linux");
const ROOT = join(import.meta.dirname, "..", "..", "..");

/** A process with a file of the state open, and one that it started, which has none. */
const FAMILY = 'exec 3>>"$1/held"; (exec 3>&-; echo ready; while :; do sleep 0.05; done); :';

interface Named {
  readonly processGroup?: number;
  readonly processes?: readonly number[];
}

function whomOf(folder: string, { processGroup, processes = [] }: Named = {}): WhomToStop {
  return { folders: [bytePath(folder)], processGroup, processes, spared: null };
}

function membersOf(folder: string, named: Named = {}): number[] {
  return [...findMembers(whomOf(folder, named)).processes.keys()];
}

onLinux("nobody is stopped when nobody has a file of the state open", async () => {
  await using place = await scene();
  writeFileSync(place.at("file"), "content");
  await using _other = await startScript(
    'exec 3>>"$1/held"; echo ready; read -r _ <&3; sleep 100',
    place.beside(),
  );
  for (const mode of ["auto", "always"] as const) {
    const { freeze } = await place.save({ freeze: { mode, maxPauseMs: 500 } });
    expect(freeze).toEqual({ outcome: "still", pausedMs: 0, processes: 0, attempts: 0, reason: null });
  }
});

onLinux("with `never` nobody is looked for", async () => {
  await using place = await scene();
  await using _child = await startChild("lock-step", place.state);
  const { freeze } = await place.save({ freeze: { mode: "never", maxPauseMs: 500 } });
  expect(freeze).toMatchObject({ outcome: "off", attempts: 0 });
});

onLinux("an app that changes nothing meanwhile is not stopped, unless it has to be", async () => {
  await using place = await scene();
  await using child = await startScript('exec 3>>"$1/held"; echo ready; sleep 100', place.state);
  writeFileSync(place.at("file"), "content");
  const outcomes: FreezeReport[] = [];
  const first = await place.save({ freeze: { mode: "auto", maxPauseMs: 5_000 } });
  const parent = longAgo(first.snapshot);
  outcomes.push((await place.save({ parent, freeze: { mode: "auto", maxPauseMs: 5_000 } })).freeze);
  outcomes.push((await place.save({ parent, freeze: ALWAYS })).freeze);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["still", "stopped"]);
  expect(outcomes[0]?.pausedMs).toBe(0);
  expect(membersOf(place.state)).toContain(child.pid);
});

onLinux(
  "the children of who has a file open are stopped with it; a deleted file is no file of the state",
  async () => {
    await using place = await scene();
    await using family = await startScript(FAMILY, place.state);
    const members = membersOf(place.state);
    expect(members).toContain(family.pid);
    expect(members.length).toBeGreaterThanOrEqual(2);
    mkdirSync(place.beside("other"));
    await using _other = await startScript(
      'exec 3>>"$1/gone"; rm "$1/gone"; echo ready; sleep 100',
      place.beside("other"),
    );
    expect(membersOf(place.beside("other"))).toEqual([]);
  },
);

onLinux("of what is started later, the app's own and its orphans belong to it, and no sibling", async () => {
  await using place = await scene();
  await using app = await startScript('exec 3>>"$1/held"; echo ready; sleep 100', place.state);
  const { adopts, processes } = findMembers(whomOf(place.state));
  const info = readProcess(app.pid);
  if (info === null) throw new Error("the app is gone");
  const newcomer = { ...info, pid: 4_000_000, state: "R" };
  expect(adopts({ ...newcomer, parent: app.pid }, processes)).toBe(true);
  expect(adopts({ ...newcomer, parent: 1 }, processes)).toBe(true);
  // Another one of the app's group whose parent, of the same group, is not of the app.
  expect(adopts({ ...newcomer, parent: app.pid }, new Map())).toBe(false);
  expect(adopts({ ...newcomer, parent: 1, group: info.group + 1 }, processes)).toBe(false);
});

onLinux("a group and processes that are named belong to the app without any file", async () => {
  await using place = await scene();
  await using group = await startScript("(sleep 100) & echo ready; sleep 100");
  expect(membersOf(place.state)).toEqual([]);
  expect(membersOf(place.state, { processGroup: group.pid }).length).toBeGreaterThanOrEqual(2);
  expect(membersOf(place.state, { processes: [group.pid] })).toContain(group.pid);
  const { freeze } = await place.save({ freeze: { ...ALWAYS, processGroup: group.pid } });
  expect(freeze).toMatchObject({ outcome: "stopped" });
  expect(freeze.processes).toBeGreaterThanOrEqual(2);
});

onLinux("never this process nor one it descends from, whoever names them", async () => {
  await using place = await scene();
  const fd = openSync(place.at("ours"), "w");
  try {
    const own = [process.pid, process.ppid, 1];
    const members = membersOf(place.state, { processes: own });
    for (const pid of own) expect(members).not.toContain(pid);
  } finally {
    closeSync(fd);
  }
});

onLinux("a save that is started by the app itself ends", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("s"));
  const { command, env } = openHoldfast({ store: folder.at("r"), password: "x", home: folder.path });
  const script = 'exec 3>>"$1/held"; shift; "$@"; status=$?; echo >&3; exit $status';
  const words = [...command, "save", "--state", folder.at("s"), "--freeze", "always", "--json"];
  const { stdout } = await run("/bin/sh", ["-c", script, "sh", folder.at("s"), ...words], {
    cwd: ROOT,
    env: { ...env, HOLDFAST_STORE: folder.at("r") },
  });
  expect(JSON.parse(stdout.toString())).toMatchObject({ freeze: { outcome: "still", processes: 0 } });
});

onLinux("who was stopped before stays stopped, and is not counted", async () => {
  await using place = await scene();
  await using sleeper = await startChild("lock-step", place.at("sleeping"));
  await using awake = await startChild("lock-step", place.at("awake"));
  sleeper.kill("SIGSTOP");
  await until("it is stopped", () => stateOf(sleeper.pid) === "T");
  const { freeze } = await place.save({ freeze: ALWAYS });
  expect(freeze).toMatchObject({ outcome: "stopped", processes: 1 });
  expect(stateOf(sleeper.pid)).toBe("T");
  expect(stateOf(awake.pid)).not.toBe("T");
});

onLinux(
  "a group is reached by one signal only where it holds nobody else, and nobody who is stopped",
  async () => {
    await using place = await scene();
    await using family = await startScript(FAMILY, place.state);
    const whole = (): readonly number[] => [...findMembers(whomOf(place.state)).wholeGroups];
    expect(whole()).toEqual([family.pid]);
    {
      // The shell itself has no file of the state open.
      const script = '(exec 3>>"$1/other"; sleep 100) & echo ready; sleep 100';
      await using _other = await startScript(script, place.state);
      await until("it is found", () => membersOf(place.state).length > 3);
      expect(whole()).toEqual([family.pid]);
    }
    const child = membersOf(place.state).find((pid) => readProcess(pid)?.parent === family.pid) ?? -1;
    process.kill(child, "SIGSTOP");
    await until("it is stopped", () => stateOf(child) === "T");
    expect(whole()).toEqual([]);
    const { freeze } = await place.save({ freeze: ALWAYS });
    expect(freeze).toMatchObject({ outcome: "stopped" });
    expect(stateOf(child)).toBe("T");
    expect(stateOf(family.pid)).not.toBe("T");
  },
);

onLinux("files that are written through memory are found", async () => {
  await using place = await scene();
  await using child = await startChild("wal", place.state);
  expect([...findMappedFiles([child.pid], [bytePath(place.state)])]).toEqual([
    bytePath(join(place.state, "bank.sqlite-shm")),
  ]);
});
