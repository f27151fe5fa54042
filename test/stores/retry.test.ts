import { describe, expect, it } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import { bytesOf, filesNamed, namesIn } from "../../src/stores/conformance/case.ts";
import { CONFORMANCE_CASES } from "../../src/stores/conformance.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { type RetryOptions, withRetry } from "../../src/stores/retry.ts";
import type { Store } from "../../src/stores/store.ts";
import { createRandom, type Random } from "../support/random.ts";
import { disposable, failure, testConformance } from "./conformance.ts";
import { type Call, type Fault, type PlannedFault, withFaults } from "./faulty.ts";

const SEEDS = 200;
/** A lost answer makes it impossible to tell one's own file from the same file of another writer. */
const NOT_UNDER_FAULTS = "a create-only write fails also when the same bytes are there already";

/** A clock that only sleeping moves. */
function fakeTime(random: () => number = () => 0.999_999): Required<
  Pick<RetryOptions, "now" | "sleep" | "random">
> & {
  readonly delays: number[];
} {
  const delays: number[] = [];
  let nowMs = 1000;
  return {
    delays,
    random,
    now: () => nowMs,
    async sleep(delayMs) {
      delays.push(Math.round(delayMs));
      nowMs += delayMs;
    },
  };
}

/** The same fault at the first so many calls. */
function always(call: Call, times: number, fault: Fault = "unreached"): PlannedFault[] {
  return Array.from({ length: times }, (_, index) => ({ call, nth: index + 1, fault }));
}

function badNetwork(random: Random, inner: Store, tearsBytes = false): Store {
  const faulty = withFaults(inner, { random, probability: 0.4, tearsBytes });
  return withRetry(faulty, { ...fakeTime(() => random.fraction()), maxAttempts: 60, maxTotalMs: Infinity });
}

testConformance("a store that is tried again", async () => disposable(withRetry(openMemoryStore())));

describe("trying again", () => {
  it(`keeps every promise on a bad network, with ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    const cases = CONFORMANCE_CASES.filter((entry) => entry.isHeavy !== true && entry.lacks === undefined);
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      for (const { name, needs, run } of cases.filter((entry) => entry.name !== NOT_UNDER_FAULTS)) {
        const isAtomic = seed % 2 === 0;
        const inner = openMemoryStore({ traits: { atomicBatch: isAtomic, conditionalWrites: isAtomic } });
        if (needs !== undefined && !inner.traits[needs]) continue;
        await run(badNetwork(createRandom(seed), inner)).catch((error: unknown) => {
          throw new Error(`seed ${seed}, case '${name}'`, { cause: error });
        });
      }
    }
  });

  it(`leaves what was asked for after random calls, with ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      await compareWithModel(createRandom(seed), seed % 2 === 0).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  });

  it("waits longer each time, a random part of the longest wait, and then gives up", async () => {
    const time = fakeTime();
    const inner = withFaults(openMemoryStore(), { random: createRandom(1), plan: always("read", 100) });
    const store = withRetry(inner, { ...time, maxAttempts: 6, firstDelayMs: 500, maxDelayMs: 3000 });
    const { message } = await failure(store.read("a"), "STORE_UNREACHABLE");
    expect(time.delays).toEqual([500, 1000, 2000, 3000, 3000]);
    expect(message).toBe("the network of this test has failed (tried 6 times in 9.5 s)");
    expect(inner.faults).toHaveLength(6);

    const half = fakeTime(() => 0.5);
    const again = withFaults(openMemoryStore(), { random: createRandom(1), plan: always("read", 2) });
    await failure(withRetry(again, { ...half, firstDelayMs: 500 }).read("a"), "NOT_FOUND");
    expect(half.delays).toEqual([250, 500]);
  });

  it("gives up before a wait that would take too long in all", async () => {
    const time = fakeTime();
    const inner = withFaults(openMemoryStore(), { random: createRandom(1), plan: always("remove", 100) });
    const store = withRetry(inner, {
      ...time,
      maxAttempts: 100,
      firstDelayMs: 1000,
      maxDelayMs: 60_000,
      maxTotalMs: 10_000,
    });
    await failure(store.remove(["a"]), "STORE_UNREACHABLE");
    expect(time.delays).toEqual([1000, 2000, 4000]);
  });

  it("tries nothing again that cannot pass", async () => {
    for (const code of ["STORE_AUTH", "DISK_FULL", "DATA_DAMAGED", "NOT_FOUND"] as const) {
      const time = fakeTime();
      const plan = (["read", "write", "remove", "list"] as const).map((call) => ({
        call,
        nth: 1,
        fault: "unreached" as const,
        code,
      }));
      const store = withRetry(withFaults(openMemoryStore(), { random: createRandom(1), plan }), time);
      await failure(store.read("a"), code);
      await failure(store.write(filesNamed(["a"])), code);
      await failure(store.remove(["a"]), code);
      await failure(namesIn(store, ""), code);
      expect(time.delays).toEqual([]);
    }
  });

  it("lists each file once, although the listing began anew", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `n/${10 + index}`);
    const inner = openMemoryStore();
    await inner.write(filesNamed(names));
    const store = withRetry(
      withFaults(inner, { random: createRandom(3), plan: always("list", 4, "torn") }),
      fakeTime(),
    );
    expect(await namesIn(store, "n/")).toEqual(names);
  });

  it("stops waiting when it is given up", async () => {
    const controller = new AbortController();
    const inner = withFaults(openMemoryStore(), { random: createRandom(1), plan: always("read", 100) });
    const store = withRetry(inner, {
      maxAttempts: 100,
      firstDelayMs: 2 ** 30,
      maxDelayMs: 2 ** 30,
      maxTotalMs: Infinity,
      random: () => {
        setImmediate(() => controller.abort());
        return 0.999;
      },
    });
    await failure(store.read("a", undefined, { signal: controller.signal }), "CANCELLED");
    expect(inner.faults).toHaveLength(1);
  });
});

describe("trying a create-only write again", () => {
  const plan = always("write", 1, "answer-lost");

  it("knows its own files when the answer was lost", async () => {
    for (const atomicBatch of [true, false]) {
      const inner = openMemoryStore({ traits: { atomicBatch } });
      const store = withRetry(withFaults(inner, { random: createRandom(1), plan }), fakeTime());
      await store.write(filesNamed(["a", "b"]), { createOnly: true });
      expect(await namesIn(inner, "")).toEqual(["a", "b"]);
    }
  });

  it("writes the rest of a batch that was torn", async () => {
    const inner = openMemoryStore({ traits: { atomicBatch: false } });
    const torn = always("write", 3, "torn");
    const store = withRetry(withFaults(inner, { random: createRandom(5), plan: torn }), fakeTime());
    await store.write(filesNamed(["a", "b", "c", "d"]), { createOnly: true });
    expect(await namesIn(inner, "")).toEqual(["a", "b", "c", "d"]);
  });

  it("fails when the name belongs to another, whether the first attempt arrived or not", async () => {
    for (const fault of ["unreached", "answer-lost"] as const) {
      const inner = openMemoryStore();
      const faulty = withFaults(inner, { random: createRandom(1), plan: always("write", 1, fault) });
      const store = withRetry(faulty, {
        ...fakeTime(),
        // while we wait, somebody else writes this name
        sleep: () => inner.write([{ name: "a", bytes: bytesOf("theirs") }]),
      });
      await failure(
        store.write([{ name: "a", bytes: bytesOf("ours") }], { createOnly: true }),
        "ALREADY_EXISTS",
      );
      expect(Buffer.from(await inner.read("a")).toString()).toBe("theirs");
    }
  });

  it("does not read back when nothing was lost", async () => {
    const inner = withFaults(openMemoryStore(), {
      random: createRandom(1),
      plan: [{ call: "read", nth: 1, fault: "slow" }],
    });
    const store = withRetry(inner, fakeTime());
    await store.write(filesNamed(["a"]), { createOnly: true });
    await failure(store.write(filesNamed(["a"]), { createOnly: true }), "ALREADY_EXISTS");
    expect(inner.faults).toEqual([]);
  });
});

/** Random calls on a bad network, and on a map; nothing may tell the two apart. */
async function compareWithModel(random: Random, atomicBatch: boolean): Promise<void> {
  const inner = openMemoryStore({ traits: { atomicBatch } });
  const store = badNetwork(random, inner, true);
  const model = new Map<string, Uint8Array>();
  const anyName = (): string => `${random.between(0, 2)}/${random.between(0, 5)}`;

  for (let step = 0; step < 40; step += 1) {
    const names = [...new Set(Array.from({ length: random.between(1, 4) }, anyName))];
    const kind = random.between(0, 4);
    if (kind === 0) {
      await store.remove(names);
      for (const name of names) model.delete(name);
    } else if (kind === 1) {
      for (const name of names) {
        const read = await store.read(name).catch((error: unknown) => {
          if (isHoldfastError(error, "NOT_FOUND")) return undefined;
          throw error;
        });
        expect(read).toEqual(model.get(name));
      }
    } else {
      const files = names.map((name) => ({
        name,
        bytes: new Uint8Array(random.bytes(random.between(1, 40))),
      }));
      const createOnly = kind === 3;
      const taken = createOnly ? files.findIndex(({ name }) => model.has(name)) : -1;
      const write = store.write(files, { createOnly });
      await (taken < 0 ? write : failure(write, "ALREADY_EXISTS"));
      const stored = taken < 0 ? files : files.slice(0, atomicBatch ? 0 : taken);
      for (const { name, bytes } of stored) model.set(name, bytes);
    }
    expect(await namesIn(store, "")).toEqual([...model.keys()].sort());
  }
}
