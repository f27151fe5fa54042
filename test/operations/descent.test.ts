import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findForks, FORK_TAG } from "../../src/operations/beside.ts";
import { descentOf } from "../../src/operations/descent.ts";
import { newestSnapshot } from "../../src/operations/newest-snapshot.ts";
import { idOf } from "../../src/repository/ids.ts";
import { compareSnapshots, type Snapshot } from "../../src/repository/snapshot.ts";
import { runs } from "../support/property.ts";
import { testSnapshot } from "./test-snapshot.ts";

const paths = ["/data"];
const ours = { programVersion: "holdfast 0.1.0" };
const first = testSnapshot({ ...ours, timeNs: 1n });
const second = testSnapshot({ ...ours, timeNs: 2n, parent: first.id });
const elsewhere = idOf(Buffer.from("forgotten"));

test("without a base, a state descends from the newest", () => {
  expect(descentOf([first, second], paths, undefined)).toEqual({ parent: second, isFork: false });
  expect(descentOf([], paths, undefined)).toEqual({ parent: null, isFork: false });
});

test("with the newest as its base it is no fork, with an older one it is, and keeps that for a parent", () => {
  expect(descentOf([first, second], paths, second.id)).toEqual({ parent: second, isFork: false });
  expect(descentOf([first, second], paths, first.id)).toEqual({ parent: first, isFork: true });
});

test("a state from nothing is a fork of whatever is there", () => {
  expect(descentOf([first], paths, null)).toEqual({ parent: null, isFork: true });
  expect(descentOf([], paths, null)).toEqual({ parent: null, isFork: false });
  expect(descentOf([{ ...first, paths: ["/other"] }], paths, null)).toEqual({ parent: null, isFork: false });
});

test("a base that was forgotten cannot be told from an old one; without a good one there is no fork", () => {
  expect(descentOf([first], paths, elsewhere)).toEqual({ parent: first, isFork: true });
  expect(descentOf([], paths, elsewhere)).toEqual({ parent: null, isFork: false });
});

test("a base that got other tags, or was made the good one, is still the same", () => {
  const retagged = { ...second, id: elsewhere, original: second.id };
  expect(descentOf([first, retagged], paths, second.id)).toEqual({ parent: retagged, isFork: false });
});

test("a state that had shrunk goes on from the good one before", () => {
  const shrunk = testSnapshot({ ...ours, timeNs: 3n, parent: second.id, tags: ["shrunk"] });
  const again = testSnapshot({ ...ours, timeNs: 4n, parent: shrunk.id, tags: ["shrunk"] });
  expect(descentOf([first, second, shrunk, again], paths, again.id)).toEqual({
    parent: second,
    isFork: false,
  });
  const other = testSnapshot({ ...ours, timeNs: 5n, parent: second.id });
  expect(descentOf([second, shrunk, other], paths, shrunk.id)).toEqual({ parent: shrunk, isFork: true });
});

test("parents that go round end in a fork, not in a loop", () => {
  const one = testSnapshot({ timeNs: 7n, parent: elsewhere, tags: ["shrunk"] });
  const two = { ...testSnapshot({ timeNs: 8n, parent: one.id, tags: ["shrunk"] }), id: elsewhere };
  expect(descentOf([first, one, two], paths, two.id).isFork).toBe(true);
});

/** What a writer does next: go on from its own state, from the newest, or from nothing; after a look that is old or not. */
const steps = fc.array(
  fc.record({
    writer: fc.nat(2),
    from: fc.constantFrom("own" as const, "own" as const, "restored" as const, "nothing" as const),
    /** Somebody else writes between its look and its snapshot. */
    isRaced: fc.boolean(),
    clockNs: fc.bigInt(0n, 50n),
  }),
  { minLength: 1, maxLength: 30 },
);

test("writers who follow the rules never lose the line: each good one descends from the good one before", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const snapshots: Snapshot[] = [];
      const bases = new Map<number, string | null>();
      let looked: readonly Snapshot[] = [];
      for (const [index, { writer, from, isRaced, clockNs }] of plan.entries()) {
        if (!isRaced) looked = [...snapshots];
        if (from === "nothing") bases.set(writer, null);
        if (from === "restored") bases.set(writer, newestSnapshot(snapshots, paths)?.id ?? null);
        const { parent, isFork } = descentOf(looked, paths, bases.get(writer) ?? null);
        const afterNs = (parent?.timeNs ?? -1n) + 1n;
        const made = testSnapshot({
          ...ours,
          id: idOf(Buffer.from(`${index}`)),
          timeNs: clockNs > afterNs ? clockNs : afterNs,
          parent: parent?.id ?? null,
          tags: isFork ? [FORK_TAG] : [],
        });
        const before = newestSnapshot(snapshots, paths);
        snapshots.push(made);
        snapshots.sort(compareSnapshots);
        bases.set(writer, made.id);
        const newest = newestSnapshot(snapshots, paths);
        const isNew = newest !== null && newest.id !== before?.id && before !== null;
        // Two first snapshots at the same instant have nothing in common that could tell.
        if (isNew && newest.parent !== null && before.parent !== null)
          expect(newest.parent === before.id || newest.parent === before.parent).toBe(true);
        expect(findForks(snapshots).has(newest ?? made)).toBe(newest === null);
      }
    }),
    runs(500),
  );
});
