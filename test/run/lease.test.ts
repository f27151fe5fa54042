import { describe, expect, test, vi } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { lookAtLeases } from "../../src/run/lease-names.ts";
import { thisOwner } from "../../src/run/lease-owner.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { ANSWER_MS, hold, HANDOVER_MS, someOwner, take } from "./lease-scene.ts";
import { VirtualTime } from "./virtual-time.ts";

const HOUR_MS = 3_600_000;

const STORES: readonly (readonly [string, () => Store])[] = [
  ["a store that refuses names that are taken", () => openMemoryStore()],
  ["a store that cannot", () => openMemoryStore({ traits: { createOnly: false } })],
  [
    "a store that shows deferred files late",
    () => openMemoryStore({ traits: { conditionalWrites: true }, hidesDeferred: true }),
  ],
];

describe.each(STORES)("in %s", (_, open) => {
  test("who comes first holds it; once it is released, the next one gets it at once", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const first = await time.until(take(store, time));
    expect(await first.poll()).toBe("held");
    await first.refresh();
    expect(await first.release()).toBe(true);
    expect(await first.poll()).toBe("released");
    const [onWaiting, onFree] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const second = await time.until(take(store, time, { onWaiting, onFree }));
    expect(onFree).toHaveBeenCalledOnce();
    expect([await first.poll(), await second.poll()]).toEqual(["lost", "held"]);
    expect(onWaiting).not.toHaveBeenCalled();
    expect(time.nowMs).toBe(0);
  });

  test("who holds it is asked, saves, and hands over; the other one waits as long as that takes", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const owner = someOwner();
    const first = await time.until(take(store, time, { owner }));
    const holding = hold(first, time, { saveMs: 20_000 });
    const onWaiting = vi.fn<() => void>();
    const second = await time.until(take(store, time, { onWaiting }));
    expect(time.nowMs).toBeGreaterThanOrEqual(20_000);
    expect(time.nowMs).toBeLessThan(24_000);
    expect(onWaiting).toHaveBeenCalledExactlyOnceWith(owner);
    expect(await time.until(holding)).toBe("lost");
    expect(await second.poll()).toBe("held");
  });

  test("who does not answer has ended, and is not waited for as long", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const first = await time.until(take(store, time));
    const second = await time.until(take(store, time));
    expect(time.nowMs).toBe(ANSWER_MS);
    expect(await second.poll()).toBe("held");
    // It comes back: it stood still.
    expect(await first.poll()).toBe("lost");
    expect(await first.release()).toBe(true);
    expect(await second.poll()).toBe("held");
  });

  test("who answers, and then never hands over, is waited for only so long", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const holding = hold(await time.until(take(store, time)), time, { saveMs: 10 * HOUR_MS });
    holding.catch(() => undefined);
    await time.until(take(store, time));
    expect(time.nowMs).toBe(HANDOVER_MS);
  });

  test("whoever is asked by somebody that has ended gets the lease again", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const first = await time.until(take(store, time));
    const controller = new AbortController();
    const asking = take(store, time, { signal: controller.signal });
    await time.pass(1000);
    expect(await first.poll()).toBe("asked");
    await first.release();
    controller.abort();
    await expect(time.until(asking)).rejects.toMatchObject({ code: "CANCELLED" });
    await time.pass(HANDOVER_MS);
    expect(await first.poll()).toBe("released");
    const before = time.nowMs;
    expect(await (await time.until(take(store, time))).poll()).toBe("held");
    expect(time.nowMs).toBe(before);
  });

  test("of ten that start at once one gets it first, and in the end one holds it", async () => {
    const [store, time] = [open(), new VirtualTime()];
    const leases = await time.until(
      Promise.all(
        Array.from({ length: 10 }, async () => {
          const lease = await take(store, time);
          hold(lease, time).catch(() => undefined);
          return lease;
        }),
      ),
    );
    await time.pass(10_000);
    const states = await Promise.all(leases.map((lease) => lease.poll()));
    expect(states.filter((state) => state === "held")).toHaveLength(1);
    expect(states.filter((state) => state === "lost")).toHaveLength(9);
  });
});

test("whoever has a lease already, and does not know it, has it at once", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  const owner = thisOwner(new Date());
  const { claim } = await time.until(take(store, time, { owner }));
  const again = await time.until(take(store, time, { owner: thisOwner(new Date()) }));
  expect(again.claim).toBe(claim);
  expect(time.nowMs).toBe(0);
});

test("who is asked sees so, until who asks has given up", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  const first = await time.until(take(store, time));
  const controller = new AbortController();
  const asking = take(store, time, { signal: controller.signal });
  await time.pass(1000);
  expect(await first.poll()).toBe("asked");
  controller.abort();
  await expect(time.until(asking)).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await first.poll()).toBe("held");
});

test("signs of life are an answer too", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  const first = await time.until(take(store, time));
  const living = (async () => {
    for (let second = 0; second < 20; second += 1) {
      await first.refresh();
      await time.clock().wait(1000, {});
    }
  })();
  await time.until(take(store, time));
  await living;
  expect(time.nowMs).toBeGreaterThanOrEqual(20_000 + ANSWER_MS - 2000);
  expect(time.nowMs).toBeLessThan(HANDOVER_MS);
});

describe("who has ended on this machine is not waited for", () => {
  test.each([
    ["no process has its id", { pid: 4_000_000 }],
    ["another process has its id", { startTicks: "1" }],
  ])("%s", async (_, more) => {
    const [store, time] = [openMemoryStore(), new VirtualTime()];
    const self = thisOwner(new Date());
    await time.until(take(store, time, { owner: { ...self, id: "a".repeat(32), ...more } }));
    await time.until(take(store, time, { owner: self }));
    expect(time.nowMs).toBe(0);
  });

  test("but who lives is, and who may live elsewhere", async () => {
    for (const more of [{}, { place: "elsewhere", pid: 4_000_000 }, { place: null, pid: 4_000_000 }]) {
      const [store, time] = [openMemoryStore(), new VirtualTime()];
      const self = thisOwner(new Date());
      await time.until(take(store, time, { owner: { ...self, id: "a".repeat(32), ...more } }));
      await time.until(take(store, time, { owner: self }));
      expect(time.nowMs).toBe(ANSWER_MS);
    }
  });
});

test("who was silent for three days has ended; with clocks that are wrong by a day nobody is taken for that", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  await time.until(take(store, time, { clock: time.clock(-24 * HOUR_MS) }));
  await time.pass(23 * HOUR_MS);
  const before = time.nowMs;
  const second = await time.until(take(store, time, { clock: time.clock(24 * HOUR_MS) }));
  expect(time.nowMs - before).toBe(ANSWER_MS);
  await time.pass(24 * HOUR_MS);
  await second.refresh();
  await time.pass(97 * HOUR_MS);
  const refreshed = time.nowMs;
  await time.until(take(store, time));
  expect(time.nowMs - refreshed).toBe(0);
});

test("a sign of life is shown by itself now and then, where writes cost", async () => {
  const [store, time] = [openMemoryStore({ hidesDeferred: true }), new VirtualTime()];
  const lease = await time.until(take(store, time));
  const isShown = async (): Promise<boolean> => (await lookAtLeases(store, {})).has(lease.claim, "alive");
  await lease.refresh();
  expect(await isShown()).toBe(false);
  await time.pass(6 * HOUR_MS);
  await lease.refresh();
  expect(await isShown()).toBe(true);
});

test("a store that cannot be reached takes no lease from anybody", async () => {
  const [inner, time] = [openMemoryStore(), new VirtualTime()];
  let isDown = false;
  const down = new HoldfastError({ code: "STORE_UNREACHABLE", message: "down" });
  const store: Store = {
    ...inner,
    async *list(...call) {
      if (isDown) throw down;
      yield* inner.list(...call);
    },
    async write(...call) {
      if (isDown) throw down;
      await inner.write(...call);
    },
  };
  const first = await time.until(take(store, time));
  isDown = true;
  expect(await first.poll()).toBe("held");
  await first.refresh();
  expect(await first.release()).toBe(false);
  await expect(first.acknowledge()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  await expect(time.until(take(store, time))).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  isDown = false;
  await time.until(take(store, time));
  isDown = true;
  // Nobody could tell.
  expect(await first.poll()).toBe("held");
  isDown = false;
  expect(await first.poll()).toBe("lost");
  isDown = true;
  expect(await first.poll()).toBe("lost");
});

test("a store that was cleared leaves the lease to its holder, until another one takes it", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  await (await time.until(take(store, time))).release();
  const holder = await time.until(take(store, time));
  await store.remove(await namesIn(store, ""));
  expect(await holder.poll()).toBe("held");
  await holder.refresh();
  const other = await time.until(take(store, time));
  expect([await holder.poll(), await other.poll()]).toEqual(["lost", "held"]);
});

test("files do not pile up", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  for (let start = 0; start < 100; start += 1) {
    const lease = await time.until(take(store, time));
    await lease.refresh();
    await lease.release();
    expect((await namesIn(store, "")).length).toBeLessThan(25);
  }
});

test("what a stranger has written stops nobody for long", async () => {
  const [store, time] = [openMemoryStore(), new VirtualTime()];
  const bytes = Buffer.from("{");
  const names = [
    "leases/strange",
    "leases/000000000003.strange",
    "leases/000000000002",
    "leases/000000000002.alive",
    "leases/99999999999999999999",
    "leases/000000000001/000000000009",
  ];
  await store.write(names.map((name) => ({ name, bytes })));
  await store.write([{ name: "leases/000000000004", bytes: Buffer.alloc(100_000, "{}") }]);
  const onWaiting = vi.fn<() => void>();
  const lease = await time.until(take(store, time, { onWaiting }));
  expect(onWaiting).toHaveBeenCalledExactlyOnceWith(null);
  expect(lease.claim).toBe("leases/000000000005");
  expect(await lease.poll()).toBe("held");
});
