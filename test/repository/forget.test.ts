import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseTime } from "../../src/repository/go-time.ts";
import { type ForgetPolicy, KEEP_NOTHING, planForget, removeSnapshots } from "../../src/repository/forget.ts";
import { listSnapshots, type Snapshot } from "../../src/repository/snapshot.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { runs } from "../support/property.ts";
import { plainSnapshot, storeSnapshot } from "./history.ts";
import { inZone } from "./in-zone.ts";
import { locksIn, putLock } from "./lock-files.ts";
import { randomId, scratchRepository } from "./scratch.ts";

const DAY_MS = 86_400_000;
const COUNTED = ["last", "hourly", "daily", "weekly", "monthly", "yearly", "withinMs"] as const;
const count = fc.nat(4);
const anyPolicy: fc.Arbitrary<ForgetPolicy> = fc.record({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  withinMs: fc.oneof(fc.constant(0), fc.nat(400 * DAY_MS)),
  tags: fc.subarray(["a", "b"]),
});
const snapshotAt = (timeNs: bigint, tags: readonly string[] = []): Snapshot => {
  return { ...plainSnapshot(randomId(), { timeNs, tags }), id: randomId() };
};
const anySnapshots: fc.Arbitrary<Snapshot[]> = fc.array(
  fc
    .record({
      ageMs: fc.oneof(fc.nat(3 * DAY_MS), fc.nat(3_000 * DAY_MS)),
      tags: fc.subarray(["a", "b", "c"]),
    })
    .map(({ ageMs, tags }) => {
      const timeNs = BigInt(1_700_000_000_000 - ageMs) * 1_000_000n;
      return snapshotAt(timeNs, tags);
    }),
  { maxLength: 20 },
);

test("every snapshot is kept or removed, newest first", () => {
  fc.assert(
    fc.property(anySnapshots, anyPolicy, (snapshots, policy) => {
      const { keep, remove } = planForget(snapshots, policy);
      expect(new Set([...keep, ...remove])).toEqual(new Set(snapshots));
      expect(keep.length + remove.length).toBe(snapshots.length);
      for (const list of [keep, remove]) {
        const times = list.map(({ timeNs }) => timeNs);
        expect(times).toEqual([...times].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)));
      }
    }),
    runs(300),
  );
});

test("no order of the list, and no other rule, changes what a rule keeps", () => {
  fc.assert(
    fc.property(anySnapshots, anyPolicy, anyPolicy, (snapshots, policy, other) => {
      const kept = new Set(planForget(snapshots, policy).keep);
      expect(new Set(planForget(snapshots.toReversed(), policy).keep)).toEqual(kept);
      const both = { ...policy, tags: [...policy.tags, ...other.tags] };
      for (const rule of COUNTED) both[rule] = Math.max(policy[rule], other[rule]);
      const keptByBoth = new Set(planForget(snapshots, both).keep);
      for (const snapshot of kept) expect(keptByBoth).toContain(snapshot);
    }),
    runs(300),
  );
});

test("the newest are kept, as many as were asked for; and what has a tag that is precious", () => {
  fc.assert(
    fc.property(anySnapshots, fc.nat(5), (snapshots, last) => {
      expect(planForget(snapshots, { ...KEEP_NOTHING, last }).keep).toHaveLength(
        Math.min(last, snapshots.length),
      );
      const { remove } = planForget(snapshots, { ...KEEP_NOTHING, tags: ["a"] });
      expect(remove.some(({ tags }) => tags.includes("a"))).toBe(false);
    }),
    runs(100),
  );
});

test.each([
  ["hourly", "2024-03-01T09:59:59Z", "2024-03-01T10:00:00Z"],
  ["daily", "2024-03-01T04:59:59Z", "2024-03-01T05:00:00Z"],
  ["weekly", "2024-03-04T04:59:59Z", "2024-03-04T05:00:00Z"],
  ["monthly", "2024-03-01T04:59:59Z", "2024-03-01T05:00:00Z"],
  ["yearly", "2024-01-01T04:59:59Z", "2024-01-01T05:00:00Z"],
] as const)("the %s periods begin by the clock of this machine", (rule, before, after) => {
  using _zone = inZone("America/New_York");
  const middle = snapshotAt(parseTime(before));
  const all = [
    snapshotAt(parseTime(before) - 1n),
    middle,
    snapshotAt(parseTime(after)),
    snapshotAt(parseTime(after) + 1n),
  ];
  const { keep } = planForget([snapshotAt(1n), ...all], { ...KEEP_NOTHING, [rule]: 2 });
  expect(keep).toEqual([all.at(-1), middle]);
});

test("removing snapshots takes their files and nothing else", async () => {
  const repository = scratchRepository();
  const first = await storeSnapshot(repository, { a: Buffer.from("a") });
  const second = await storeSnapshot(repository, { b: Buffer.from("b") });
  const before = await namesIn(repository.store, "");
  await removeSnapshots(repository, [first.id]);
  expect(await namesIn(repository.store, "")).toEqual(
    before.filter((name) => name !== `snapshots/${first.id}`),
  );
  expect((await listSnapshots(repository)).map(({ id }) => id)).toEqual([second.id]);
});

test("no snapshot is removed while another writes", async () => {
  const repository = scratchRepository();
  const { id } = await storeSnapshot(repository, { a: Buffer.from("a") });
  const lock = await putLock(repository);
  await expect(removeSnapshots(repository, [id])).rejects.toMatchObject({ code: "LOCKED" });
  expect(await listSnapshots(repository)).toHaveLength(1);
  expect(await locksIn(repository)).toEqual([lock]);
});
