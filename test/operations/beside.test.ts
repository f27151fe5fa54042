import * as fc from "fast-check";
import { expect, test } from "vitest";
import { besideTags, findForks, identityOf } from "../../src/operations/beside.ts";
import { newestSnapshot } from "../../src/operations/newest-snapshot.ts";
import { idOf } from "../../src/repository/ids.ts";
import { compareSnapshots, type Snapshot } from "../../src/repository/snapshot.ts";
import { runs } from "../support/property.ts";
import { testSnapshot } from "./test-snapshot.ts";

const ours = { programVersion: "holdfast 0.1.0" };
const base = testSnapshot({ ...ours, timeNs: 1n });
const line = testSnapshot({ ...ours, timeNs: 2n, parent: base.id });
const rival = testSnapshot({ ...ours, timeNs: 3n, parent: base.id });

test.each(["shrunk", "fork", "quarantine", "replaced"])(
  "a snapshot that is tagged %s is never the newest",
  (tag) => {
    const beside = testSnapshot({ ...ours, timeNs: 9n, tags: ["nightly", tag] });
    expect(besideTags(beside)).toEqual([tag]);
    expect(newestSnapshot([base, beside], ["/data"])).toBe(base);
    expect(newestSnapshot([beside], null)).toBeNull();
  },
);

test("of two with the same parent the younger is the fork, in whatever order they are looked at", () => {
  for (const list of [
    [base, line, rival],
    [rival, line, base],
  ])
    expect([...findForks(list)]).toEqual([rival]);
  expect(newestSnapshot([base, line, rival], null)).toBe(line);
});

test("the first snapshots of two writers are no forks: nothing says that they belong together", () => {
  const other = testSnapshot({ ...ours, timeNs: 4n });
  expect(findForks([base, other]).size).toBe(0);
});

test("other folders are another line", () => {
  expect(findForks([base, line, { ...rival, paths: ["/other"] }]).size).toBe(0);
  expect(findForks([base, { ...line, paths: ["/a", "/b"] }, { ...rival, paths: ["/b", "/a"] }]).size).toBe(1);
});

test("what is kept beside the good ones makes no fork of them", () => {
  expect(findForks([base, { ...line, tags: ["shrunk"] }, rival]).size).toBe(0);
});

test("what restic wrote is not judged by its parents", () => {
  const restic = { programVersion: "restic 0.19.1" };
  expect(findForks([base, { ...line, ...restic }, { ...rival, ...restic }]).size).toBe(0);
  expect(findForks([base, { ...line, ...restic }, rival]).size).toBe(0);
  const tagged = { ...rival, ...restic, tags: ["fork"] };
  expect([...findForks([base, line, tagged])]).toEqual([tagged]);
});

test("the same snapshot with other tags is no fork of itself", () => {
  const retagged = { ...line, id: rival.id, original: line.id, tags: ["kept"] };
  expect(findForks([base, line, retagged]).size).toBe(0);
  const again = { ...line, id: idOf(Buffer.from("again")), original: line.id };
  expect([...findForks([base, retagged, again, rival])]).toEqual([rival]);
});

/** Snapshots that name each other as parents in any way, and come from anybody. */
const someSnapshots = fc
  .array(
    fc.record({
      timeNs: fc.bigInt(0n, 20n),
      parent: fc.option(fc.nat(9)),
      tags: fc.subarray(["fork", "shrunk", "quarantine", "replaced", "nightly"], { maxLength: 2 }),
      paths: fc.constantFrom(["/a"], ["/b"], ["/a", "/b"], ["/b", "/a"]),
      isOurs: fc.boolean(),
      original: fc.option(fc.nat(9)),
    }),
    { maxLength: 10 },
  )
  .map((rows) =>
    rows.map(({ isOurs, parent, original, ...row }, index) =>
      testSnapshot({
        ...row,
        id: nameOf(index),
        parent: parent === null ? null : nameOf(parent),
        original: original === null ? null : nameOf(original),
        programVersion: isOurs ? ours.programVersion : "restic 0.19.1",
      }),
    ),
  );

function nameOf(index: number): Snapshot["id"] {
  return idOf(Buffer.from(`${index}`));
}

test("whatever the snapshots are: forks are known in any order, and the newest is a good one", () => {
  fc.assert(
    fc.property(someSnapshots, fc.array(fc.nat(), { minLength: 10, maxLength: 10 }), (given, ranks) => {
      const snapshots = given.toSorted(compareSnapshots);
      const forks = findForks(snapshots);
      const shuffled = snapshots
        .map((snapshot, index) => ({ snapshot, rank: ranks[index] ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ snapshot }) => snapshot);
      expect(new Set(findForks(shuffled))).toEqual(new Set(forks));
      for (const fork of forks) {
        if (fork.tags.includes("fork")) continue;
        // Only beside an older one of ours from the same parent, which is none itself.
        expect(fork.programVersion).toBe(ours.programVersion);
        expect(
          snapshots.some(
            (other) =>
              other.parent === fork.parent &&
              compareSnapshots(other, fork) < 0 &&
              besideTags(other).length === 0 &&
              !forks.has(other) &&
              identityOf(other) !== identityOf(fork),
          ),
        ).toBe(true);
      }
      const good = snapshots.filter((each) => besideTags(each).length === 0 && !forks.has(each));
      expect(newestSnapshot(snapshots, null)).toBe(good.at(-1) ?? null);
    }),
    runs(500),
  );
});
