import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LongPaths } from "../../src/base/long-path.ts";
import { AheadListings } from "../../src/capture/listing.ts";
import type { SaveReport } from "../../src/capture/save.ts";
import { findStateFolders } from "../../src/capture/state-paths.ts";
import { checkRepository } from "../../src/repository/check.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { reopened } from "../repository/scratch.ts";
import { LONG } from "../support/long.ts";
import { start } from "../support/run.ts";
import { makeSpecialFile } from "../support/syscalls.ts";
import { longAgo, savedNames, type Scene, scene } from "./saving.ts";

function fill(place: Scene): void {
  for (const name of ["a", "b", "folder/c", "folder/deep/d"])
    writeFileSync(place.at(name), `content of ${name}`);
}

/** Looks at every entry, then changes something, then saves what was seen. */
async function saveAfterLook(place: Scene, change: () => void, parent: Snapshot | null): Promise<SaveReport> {
  using longPaths = new LongPaths();
  const ahead = new AheadListings(longPaths);
  await ahead.start(findStateFolders([place.state]));
  change();
  return await place.save({ ahead, parent });
}

describe.each([
  ["a first save", false],
  ["a later one", true],
])("between the look at it and the reading, in %s,", (_, isLater) => {
  async function vanish(
    change: (place: Scene) => void,
  ): Promise<{ report: SaveReport; names: readonly string[] }> {
    await using place = await scene();
    fill(place);
    // The parent knows other content, so that files are read.
    const parent = isLater ? (await place.save()).snapshot : null;
    if (isLater)
      for (const name of ["a", "folder/c"]) writeFileSync(place.at(name), `changed content of ${name}`);
    const report = await saveAfterLook(place, () => change(place), parent);
    const check = await checkRepository(reopened(place.repository), { readData: true });
    expect(check.damaged).toEqual([]);
    return { report, names: await savedNames(place.repository, report.snapshot) };
  }

  const rest = ["b", "folder", "folder/c", "folder/deep", "folder/deep/d"];

  test("a file vanished: it is told, and not in the snapshot", async () => {
    const { report, names } = await vanish((place) => rmSync(place.at("a")));
    expect(report.problems).toEqual([{ kind: "vanished", path: "a", reason: null, kept: false }]);
    expect(names).toEqual(rest);
  });

  test("a folder vanished with all that was in it", async () => {
    const { report, names } = await vanish((place) => rmSync(place.at("folder"), { recursive: true }));
    expect(report.problems.every(({ kind, kept }) => kind === "vanished" && !kept)).toBe(true);
    expect(names).toEqual(["a", "b"]);
  });

  test.each([
    ["a pipe", (path: string) => makeSpecialFile(Buffer.from(path), "fifo", 0o600)],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link", (path: string) => symlinkSync("b", path)],
  ])("a file became %s", async (_what, make) => {
    const { report, names } = await vanish((place) => {
      rmSync(place.at("a"));
      make(place.at("a"));
    });
    expect(report.problems).toMatchObject([{ kind: "vanished", path: "a" }]);
    expect(names).toEqual(rest);
  });

  test("a folder became a file", async () => {
    const { report, names } = await vanish((place) => {
      rmSync(place.at("folder"), { recursive: true });
      writeFileSync(place.at("folder"), "a file now");
    });
    expect(report.problems.map(({ kind }) => kind)).not.toContain("unreadable");
    expect(names.filter((name) => name.startsWith("folder/c"))).toEqual([]);
  });

  test("a file changed: what it is now is saved", async () => {
    const { report } = await vanish((place) => writeFileSync(place.at("a"), "changed after the look"));
    expect(report.problems).toEqual([]);
    expect(report.counts.readBytes).toBeGreaterThanOrEqual("changed after the look".length);
  });
});

test("whatever comes and goes while it is saved, each snapshot is whole, and nothing else is said than that", async () => {
  await using place = await scene();
  fill(place);
  const churn = start(process.execPath, [
    join(import.meta.dirname, "children", "churn.ts"),
    place.at("churn"),
  ]);
  let parent: Snapshot | null = null;
  let busyRounds = 0;
  let troubled = 0;
  try {
    while (busyRounds < (LONG ? 300 : 20)) {
      const report: SaveReport = await place.save({ parent: parent === null ? null : longAgo(parent) });
      for (const { kind } of report.problems) expect(["vanished", "changed-while-read"]).toContain(kind);
      const names = await savedNames(place.repository, report.snapshot);
      expect(names).toEqual(expect.arrayContaining(["a", "folder/deep/d"]));
      if (names.includes("churn/always changing")) busyRounds += 1;
      if (report.problems.length > 0) troubled += 1;
      parent = report.snapshot;
    }
  } finally {
    churn.kill("SIGKILL");
    await churn.ended;
  }
  process.stdout.write(`${troubled} of ${busyRounds} saves met something that vanished or changed\n`);
  const check = await checkRepository(reopened(place.repository), { readData: true });
  expect(check).toMatchObject({ problems: [], damaged: [] });
});
