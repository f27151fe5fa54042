import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { acquireLock } from "../../src/repository/lock.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { withFaults } from "../stores/faulty.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { locksIn, putLock } from "./lock-files.ts";
import { reopened, scratchRepository } from "./scratch.ts";
import { type StoreCall, watchedStore } from "./watched-store.ts";

const unreachable = new HoldfastError({
  code: "STORE_UNREACHABLE",
  message: "the network of this test has failed",
});

/** A repository whose store calls `onCall` first; `inner` is the same without. */
function watched(onCall: (call: StoreCall, inner: Repository) => unknown): {
  inner: Repository;
  outer: Repository;
} {
  const inner = scratchRepository();
  const store = watchedStore(inner.store, { before: (call) => onCall(call, inner) });
  return { inner, outer: reopened(inner, store) };
}

test("who sees another lock beside its own gives way, and tries again", async () => {
  let rival: string | null = null;
  let listings = 0;
  const { inner, outer } = watched(async ({ kind }, repository) => {
    listings += kind === "list" ? 1 : 0;
    if (listings === 2 && rival === null) rival = await putLock(repository, { exclusive: true });
    // The rival gives way too.
    if (kind === "remove" && rival !== null) await repository.store.remove([rival]);
  });
  await using held = await acquireLock(outer, { exclusive: true });
  expect(held).toBeDefined();
  expect(listings).toBe(4);
  expect(await locksIn(inner)).toHaveLength(1);
});

test("who is given up while it waits for another leaves nothing", async () => {
  const controller = new AbortController();
  let listings = 0;
  let rival = "";
  const { inner, outer } = watched(async ({ kind }, repository) => {
    listings += kind === "list" ? 1 : 0;
    if (listings === 2 && rival === "") rival = await putLock(repository);
    if (kind === "remove") setTimeout(() => controller.abort()); // it is waiting then
  });
  const acquiring = acquireLock(outer, { exclusive: true, signal: controller.signal });
  await expect(acquiring).rejects.toMatchObject({ name: "HoldfastError", code: "CANCELLED" });
  expect(await locksIn(inner)).toEqual([rival]);
});

test("a lock that was written goes again when the second look fails", async () => {
  let listings = 0;
  const { inner, outer } = watched(({ kind }) => {
    listings += kind === "list" ? 1 : 0;
    if (listings === 2 && kind === "list") throw unreachable;
  });
  await expect(acquireLock(outer, { exclusive: true })).rejects.toBe(unreachable);
  expect(await locksIn(inner)).toEqual([]);
});

test("a lock whose writing failed late goes again", async () => {
  const inner = scratchRepository();
  const plan = [{ call: "write", nth: 1, fault: "answer-lost" }] as const;
  const outer = reopened(inner, withFaults(inner.store, { random: createRandom(1), plan }));
  await expect(acquireLock(outer, { exclusive: true })).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  expect(await locksIn(inner)).toEqual([]);
});

test("two never hold a lock that excludes the other, however slow the store is", async () => {
  const random = createRandom(printedSeed("lock races"));
  for (let round = 0; round < 5; round += 1) {
    const repository = scratchRepository(openMemoryStore({ traits: { atomicBatch: false } }));
    let holders = 0;
    const contend = async (): Promise<"held" | "refused"> => {
      const store = withFaults(repository.store, { random, plan: slowEverything });
      try {
        await using lock = await acquireLock(reopened(repository, store), { exclusive: true });
        expect(lock).toBeDefined();
        expect((holders += 1)).toBe(1);
        for (let turns = random.between(0, 20); turns > 0; turns -= 1) await setImmediate();
        holders -= 1;
        return "held";
      } catch (error) {
        expect(error).toMatchObject({ code: "LOCKED" });
        return "refused";
      }
    };
    await Promise.all([contend(), contend(), contend()]);
    expect(await locksIn(repository)).toEqual([]);
  }
});

const slowEverything = (["list", "read", "write", "remove"] as const).flatMap((call) =>
  Array.from({ length: 50 }, (_, index) => ({ call, nth: index + 1, fault: "slow" }) as const),
);

describe("a lock that is held for long", () => {
  const REFRESH_MS = 5 * 60_000;
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] }));
  afterEach(() => vi.useRealTimers());

  test("is written anew every five minutes, so that nobody takes it for abandoned", async () => {
    const repository = scratchRepository();
    const lock = await acquireLock(repository, { exclusive: true });
    for (let hour = 0; hour < 12; hour += 1) {
      const before = await locksIn(repository);
      await vi.advanceTimersByTimeAsync(REFRESH_MS);
      expect(await locksIn(repository)).toHaveLength(1);
      expect(await locksIn(repository)).not.toEqual(before);
      await expect(acquireLock(reopened(repository), { exclusive: false })).rejects.toMatchObject({
        code: "LOCKED",
      });
      lock.assertHeld();
    }
    await lock[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(await locksIn(repository)).toEqual([]);
  });

  test("is lost while its process stands still, and a late refresh does not hide that", async () => {
    const repository = scratchRepository();
    const lock = await acquireLock(repository, { exclusive: false });
    vi.setSystemTime(Date.now() + 31 * 60_000); // stopped: no timer fires
    await using other = await acquireLock(reopened(repository), { exclusive: true });
    expect(other).toBeDefined();
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: "LOCKED" }));
    const names = await locksIn(repository);
    await vi.advanceTimersByTimeAsync(1);
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: "LOCKED" }));
    await lock[Symbol.asyncDispose]();
    expect(await locksIn(repository)).toEqual(names);
  });

  test("is lost when the store cannot be reached for half an hour", async () => {
    let isDown = false;
    const { outer } = watched(() => {
      if (isDown) throw unreachable;
    });
    const lock = await acquireLock(outer, { exclusive: true });
    isDown = true;
    await vi.advanceTimersByTimeAsync(4 * REFRESH_MS);
    lock.assertHeld();
    await vi.advanceTimersByTimeAsync(2 * REFRESH_MS);
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: "LOCKED" }));
    isDown = false;
    await lock[Symbol.asyncDispose]();
  });

  test.each(["write", "remove"] as const)(
    "outlives a refresh whose %s fails, and leaves nothing",
    async (failing) => {
      let isDown = false;
      const { inner, outer } = watched(({ kind }) => {
        if (isDown && kind === failing) throw unreachable;
      });
      const lock = await acquireLock(outer, { exclusive: true });
      isDown = true;
      await vi.advanceTimersByTimeAsync(REFRESH_MS);
      expect(await locksIn(inner)).not.toHaveLength(0);
      isDown = false;
      await vi.advanceTimersByTimeAsync(REFRESH_MS);
      await lock[Symbol.asyncDispose]();
      expect(await locksIn(inner)).toEqual([]);
    },
  );
});
