import { afterEach, describe, expect, test, vi } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { checkRepository } from "../../src/repository/check.ts";
import { removeSnapshots } from "../../src/repository/forget.ts";
import { pruneRepository } from "../../src/repository/prune.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { storeSnapshot } from "./history.ts";
import { reopened, scratchRepository } from "./scratch.ts";
import { type StoreCall, watchedStore } from "./watched-store.ts";

const SNAPSHOTS_LEFT = 2;

/** Packs of every kind: needed, partly needed, not needed; and an index file for each snapshot. */
async function untidyRepository(): Promise<Repository> {
  const repository = scratchRepository(openMemoryStore({ traits: { atomicBatch: false } }));
  const content = (what: string): Uint8Array => Buffer.from(`the content of ${what}`);
  const files = { shared: content("shared"), first: content("first") };
  const first = await storeSnapshot(repository, files);
  await storeSnapshot(repository, { shared: content("shared"), second: content("second") });
  const third = await storeSnapshot(repository, { third: content("third") });
  await storeSnapshot(repository, { fourth: content("fourth") });
  await removeSnapshots(repository, [first.id, third.id]);
  return repository;
}

async function prune(repository: Repository, watch: Parameters<typeof watchedStore>[1]): Promise<unknown> {
  const store = watchedStore(repository.store, watch);
  return pruneRepository(reopened(repository, store), { maxUnused: 0 });
}

async function expectNothingLost(repository: Repository): Promise<void> {
  const report = await checkRepository(reopened(repository), { readData: true });
  expect(report.whole).toHaveLength(SNAPSHOTS_LEFT);
  expect(report.damaged).toEqual([]);
}

const isData = (name: string): boolean => name.startsWith("data/") || name.startsWith("index/");

test("what replaces something is stored and read back before that goes: packs last", async () => {
  const repository = await untidyRepository();
  const before = new Set(await namesIn(repository.store, ""));
  const calls: StoreCall[] = [];
  await prune(repository, { before: (call) => calls.push(call) });
  const firstRemoval = calls.findIndex(({ kind, names }) => kind === "remove" && names.some(isData));
  const written = calls.flatMap(({ kind, names }) => (kind === "write" ? names.filter(isData) : []));
  const readBefore = calls
    .slice(0, firstRemoval)
    .flatMap(({ kind, names }) => (kind === "read" ? names : []));
  expect(written.length).toBeGreaterThan(1);
  expect(calls.slice(firstRemoval).some(({ kind, names }) => kind === "write" && names.some(isData))).toBe(
    false,
  );
  expect(readBefore).toEqual(expect.arrayContaining(written));
  // A pack is written before the index that lists it, and goes after the index that listed it.
  expect(written.findLastIndex((name) => name.startsWith("data/"))).toBeLessThan(
    written.findIndex((name) => name.startsWith("index/")),
  );
  const removed = calls.flatMap(({ kind, names }) => (kind === "remove" ? names.filter(isData) : []));
  expect(removed.findLastIndex((name) => name.startsWith("index/"))).toBeLessThan(
    removed.findIndex((name) => name.startsWith("data/")),
  );
  expect(removed.every((name) => before.has(name))).toBe(true);
  await expectNothingLost(repository);
});

test.each(["data/", "index/"])(
  "nothing is removed when the store gives new files in %s back wrong",
  async (prefix) => {
    const repository = await untidyRepository();
    const before = await namesIn(repository.store, "");
    const pruning = prune(repository, {
      answer: (name, bytes) => {
        const isNew = name.startsWith(prefix) && !before.includes(name);
        return isNew ? bytes.map((byte, position) => (position === 5 ? byte ^ 1 : byte)) : bytes;
      },
    });
    await expect(pruning).rejects.toMatchObject({ code: "DATA_DAMAGED" });
    expect(await namesIn(repository.store, "")).toEqual(expect.arrayContaining(before));
    await expectNothingLost(repository);
  },
);

test("nothing is lost at whichever call the network goes away, and the next prune finishes", async () => {
  const unreachable = new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: "the network of this test has failed",
  });
  let calls = 0;
  let failAt = 1;
  for (; ; failAt += 1) {
    const repository = await untidyRepository();
    calls = 0;
    const before = ({ names }: StoreCall): void => {
      calls += 1;
      if (calls >= failAt && !names.some((name) => name.startsWith("locks/"))) throw unreachable;
    };
    const outcome = await prune(repository, { before }).then(
      () => null,
      (error: unknown) => error,
    );
    await expectNothingLost(repository);
    await pruneRepository(reopened(repository), { maxUnused: 0 });
    const report = await checkRepository(reopened(repository), { readData: true });
    expect(report).toMatchObject({ problems: [], damaged: [], unlistedPacks: 0 });
    if (outcome === null) break;
    expect(outcome).toBe(unreachable);
  }
  expect(failAt).toBeGreaterThan(15);
});

describe("a prune that has lost its lock", () => {
  afterEach(() => vi.useRealTimers());

  test("removes nothing any more, whenever that happened", async () => {
    let isOver = false;
    for (let stopAt = 2; !isOver; stopAt += 1) {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
      const repository = await untidyRepository();
      let calls = 0;
      let removedLater = 0;
      const outcome = await prune(repository, {
        before: ({ kind, names }) => {
          calls += 1;
          if (calls > stopAt && kind === "remove" && names.some(isData)) removedLater += 1;
          if (calls === stopAt) vi.setSystemTime(Date.now() + 40 * 60_000);
        },
      }).then(
        () => "done",
        (error: unknown) => (error as HoldfastError).code,
      );
      isOver = calls < stopAt;
      if (!isOver) expect(removedLater).toBe(0);
      if (!isOver && outcome !== "done") expect(outcome).toBe("LOCKED");
      await expectNothingLost(repository);
      vi.useRealTimers();
    }
  });
});
