import { linkSync, lstatSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { FreezeOptions } from "../../../src/capture/live/freeze.ts";
import type { SaveReport } from "../../../src/capture/save.ts";
import type { Snapshot } from "../../../src/repository/snapshot.ts";
import { LONG } from "../../support/long.ts";
import { longAgo, savedContent, savedEntries, savedNames, type Scene, scene } from "../saving.ts";
import { startChild, startScript, stateOf } from "./running-child.ts";

const SAVES = LONG ? 100 : 8;
/** The machine may be busy with other tests. */
const ALWAYS: FreezeOptions = { mode: "always", maxPauseMs: 5_000 };
const onLinux = test.skipIf(process.platform !== "linux");

async function contentOf(place: Scene, { snapshot }: SaveReport, name: string): Promise<string> {
  return (
    await savedContent(place.repository, (await savedEntries(place.repository, snapshot)).get(name))
  ).toString();
}

onLinux(`what a process writes in lock-step agrees in each of ${SAVES} snapshots`, async () => {
  await using place = await scene();
  for (let count = 0; count < 50; count += 1)
    writeFileSync(place.at("quiet", `${count}`), `${count}`.repeat(1_000));
  await using child = await startChild("lock-step", place.state);
  let parent: Snapshot | null = null;
  for (let save = 0; save < SAVES; save += 1) {
    const report = await place.save({ parent, freeze: ALWAYS });
    expect(report.freeze).toMatchObject({ outcome: "stopped", processes: 1, reason: null });
    expect(report.freeze.pausedMs).toBeGreaterThan(0);
    expect(report.problems).toEqual([]);
    const [a, b, replaced] = await Promise.all(
      ["a", "b", "replaced"].map(async (name) => Number(await contentOf(place, report, name))),
    );
    const names = await savedNames(place.repository, report.snapshot);
    const only = names.filter((name) => name.startsWith("only/")).map((name) => Number(name.slice(5)));
    expect(only).toHaveLength(1);
    // One after the other, so each is at most one behind the one before.
    for (const [before, after] of [
      [a, b],
      [b, replaced],
      [replaced, only[0]],
    ] as const)
      expect([0, 1]).toContain((before ?? 0) - (after ?? 0));
    expect(Number(a) - Number(only[0])).toBeLessThan(2);
    expect(stateOf(child.pid)).not.toBe("T");
    parent = longAgo(report.snapshot);
  }
});

onLinux("a database in WAL mode is whole in every snapshot, and the sum is right", async () => {
  await using place = await scene();
  await using _child = await startChild("wal", place.state);
  let parent: Snapshot | null = null;
  for (let save = 0; save < SAVES; save += 1) {
    const report = await place.save({ parent, freeze: ALWAYS });
    expect(report.freeze.outcome).toBe("stopped");
    const entries = await savedEntries(place.repository, report.snapshot);
    mkdirSync(place.beside(`${save}`));
    for (const [name, node] of entries)
      writeFileSync(place.beside(`${save}`, name), await savedContent(place.repository, node));
    using database = new DatabaseSync(place.beside(`${save}`, "bank.sqlite"));
    expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    expect(database.prepare("SELECT sum(amount) AS sum FROM account").get()).toEqual({ sum: 1000 });
    parent = report.snapshot;
  }
});

onLinux("processes that start others all the time are all stopped, and go on", async () => {
  await using place = await scene();
  const storm = `
    exec 3>>"$1/held"; n=1; echo ready
    while :; do (echo $n >"$1/a"; (echo $n >"$1/b")); n=$((n + 1)); done`;
  await using first = await startScript(storm, place.state);
  let parent: Snapshot | null = null;
  let last = 0;
  for (let save = 0; save < SAVES; save += 1) {
    const report = await place.save({ parent, freeze: ALWAYS });
    expect(report.freeze.outcome).toBe("stopped");
    // A file is empty between its opening and the writing.
    const [a, b] = [await contentOf(place, report, "a"), await contentOf(place, report, "b")].map(Number);
    if (a !== 0 && b !== 0) expect([0, 1]).toContain((a ?? 0) - (b ?? 0));
    expect(Math.max(a ?? 0, b ?? 0)).toBeGreaterThanOrEqual(last);
    last = Math.max(a ?? 0, b ?? 0);
    parent = longAgo(report.snapshot);
  }
  expect(stateOf(first.pid)).not.toBe("T");
});

onLinux(
  "links, holes, attributes and patterns are as in any snapshot; only what changed is read",
  async () => {
    await using place = await scene();
    for (const name of ["kept", "quiet"]) writeFileSync(place.at(name), `the ${name} file`);
    linkSync(place.at("kept"), place.at("kept too"));
    writeFileSync(place.at("holes"), "start");
    truncateSync(place.at("holes"), 300_000_000);
    writeFileSync(place.at("large"), Buffer.alloc(9_000_000, "large"));
    writeFileSync(place.at("cache", "left out"), "x");
    writeFileSync(place.at("deep", ".holdfastignore"), "*.log\n");
    writeFileSync(place.at("deep", "some.log"), "x");
    await using _child = await startChild("lock-step", place.at("counting"));
    const frozen = await place.save({ exclude: ["cache"], freeze: ALWAYS });
    const live = await place.save({ exclude: ["cache", "counting"] });
    const [seen, expected] = [
      await savedEntries(place.repository, frozen.snapshot),
      await savedEntries(place.repository, live.snapshot),
    ];
    for (const [name, node] of expected) expect([name, seen.get(name)]).toEqual([name, node]);
    expect([...seen.keys()].filter((name) => !name.startsWith("counting")).sort()).toEqual(
      [...expected.keys()].sort(),
    );
    expect(seen.has("deep/some.log")).toBe(false);
    expect(seen.get("kept")?.inode).toBe(lstatSync(place.at("kept too"), { bigint: true }).ino);
    const again = await place.save({ exclude: ["cache"], parent: longAgo(frozen.snapshot), freeze: ALWAYS });
    expect(again.counts.readBytes).toBeLessThan(100);
  },
);
