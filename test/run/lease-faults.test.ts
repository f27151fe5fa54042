import { expect, test } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import type { Lease } from "../../src/run/lease.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { withFaults } from "../stores/faulty.ts";
import { LONG } from "../support/long.ts";
import { createRandom, printedSeed, type Random } from "../support/random.ts";
import { ANSWER_MS, hold, HANDOVER_MS, POLL_MS, take } from "./lease-scene.ts";
import { VirtualTime } from "./virtual-time.ts";

const ROUNDS = LONG ? 1000 : 60;
const INSTANCES = 4;

/** An instance comes, holds the lease or not, and ends cleanly, suddenly, or never. */
async function live(store: Store, time: VirtualTime, random: Random, leases: Set<Lease>): Promise<void> {
  await time.clock().wait(random.between(0, 60_000), {});
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      const lease = await take(store, time);
      leases.add(lease);
      const end = random.between(0, 3);
      // Ends when it cannot answer, as a process does that has crashed.
      if (end === 0) hold(lease, time, { saveMs: random.between(0, 10_000) }).catch(() => undefined);
      await time.clock().wait(random.between(0, 20_000), {});
      if (end === 1) await lease.release();
      return;
    } catch (error) {
      // The network is bad; as a supervisor does, it tries again.
      if (!isHoldfastError(error, "STORE_UNREACHABLE", "CONFLICT")) throw error;
      await time.clock().wait(1000, {});
    }
  }
}

test.each([true, false])(
  "on a bad network (create-only: %s) two never believe that they hold it once both have looked",
  { timeout: 600_000 },
  async (createOnly) => {
    const seed = printedSeed("leases");
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = createRandom(seed + round);
      const inner = openMemoryStore({ traits: { createOnly } });
      const time = new VirtualTime();
      const leases = new Set<Lease>();
      const lives = Array.from({ length: INSTANCES }, () =>
        live(withFaults(inner, { random, probability: 0.1 }), time, random, leases),
      );
      await time.until(Promise.all(lives), 3_600_000);
      expect(leases.size).toBe(INSTANCES);
      if (createOnly) expect(new Set([...leases].map(({ claim }) => claim)).size).toBe(INSTANCES);
      const states = new Map<Lease, string>();
      for (const lease of leases) states.set(lease, await untilSeen(lease));
      const holders = [...states].filter(([, state]) => state === "held" || state === "asked");
      expect(holders.length, `round ${round} of seed ${seed}`).toBeLessThanOrEqual(1);
    }
  },
);

/** What a lease says when it was certainly able to look: a fault leaves it with what it knew. */
async function untilSeen(lease: Lease): Promise<string> {
  let state = await lease.poll();
  for (let attempt = 0; attempt < 20; attempt += 1) state = await lease.poll();
  return state;
}

test("whatever somebody is killed at, the next one gets the lease, and nobody else believes to have it", async () => {
  for (let cut = 1; cut <= 40; cut += 1) {
    const [inner, time] = [openMemoryStore(), new VirtualTime()];
    const first = await time.until(take(inner, time));
    const holding = hold(first, time, { saveMs: 3000 });
    let calls = 0;
    const never = new Promise<never>(() => undefined);
    /** A process that is killed does not hear of anything any more. */
    const dying = async (): Promise<void> => {
      calls += 1;
      if (calls >= cut) await never;
    };
    const store: Store = {
      ...inner,
      async *list(...call) {
        await dying();
        yield* inner.list(...call);
      },
      async write(...call) {
        await dying();
        await inner.write(...call);
        await dying();
      },
    };
    const second = take(store, time).then((lease) => lease.release());
    const isDone = await time.until(
      Promise.race([
        second.then(() => true),
        time
          .clock()
          .wait(60_000, {})
          .then(() => false),
      ]),
    );
    const before = time.nowMs;
    const third = await time.until(take(inner, time));
    expect(time.nowMs - before).toBeLessThanOrEqual(ANSWER_MS + HANDOVER_MS);
    await time.pass(POLL_MS);
    expect(await time.until(holding)).toBe("lost");
    expect(await third.poll()).toBe("held");
    if (isDone) return;
  }
  expect.unreachable("it never came to its end");
});
