import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { bytesOf, filesNamed, isVisible, namesIn } from "../../src/stores/conformance/case.ts";
import { createRandom } from "../support/random.ts";
import { failure } from "./conformance.ts";
import { type FaultOptions, type FaultyStore, withFaults } from "./faulty.ts";

function open(options: Partial<FaultOptions>, atomicBatch = false): FaultyStore {
  return withFaults(openMemoryStore({ traits: { atomicBatch } }), { random: createRandom(1), ...options });
}

describe("the faulty store", () => {
  it("does the same again for the same seed, and something else for another", async () => {
    const faultsOf = async (seed: number): Promise<readonly string[]> => {
      const store = open({ random: createRandom(seed), probability: 0.5 });
      for (let index = 0; index < 30; index += 1) {
        await store.write(filesNamed([`a/${index}`])).catch(() => undefined);
        await store.read(`a/${index}`).catch(() => undefined);
      }
      return store.faults;
    };
    expect(await faultsOf(7)).toEqual(await faultsOf(7));
    expect(await faultsOf(7)).not.toEqual(await faultsOf(8));
    const kinds = new Set((await faultsOf(7)).map((fault) => fault.slice(fault.indexOf(": ") + 2)));
    expect(kinds).toEqual(new Set(["answer-lost", "slow", "torn", "twice", "unreached"]));
  });

  it("does what the plan says at the call that it names, and nothing else", async () => {
    const store = open({
      plan: [
        { call: "write", nth: 1, fault: "unreached" },
        { call: "write", nth: 3, fault: "answer-lost" },
        { call: "read", nth: 2, fault: "unreached", code: "STORE_AUTH" },
      ],
    });
    const [a, b] = filesNamed(["a", "b"]) as [
      { name: string; bytes: Uint8Array },
      { name: string; bytes: Uint8Array },
    ];
    await failure(store.write([a]), "STORE_UNREACHABLE");
    await store.write([a]);
    await failure(store.write([b]), "STORE_UNREACHABLE");
    expect(await isVisible(store, a)).toBe(true);
    await failure(store.read("b"), "STORE_AUTH");
    expect(await isVisible(store, b)).toBe(true);
    expect(store.faults).toEqual(["write 1: unreached", "write 3: answer-lost", "read 2: unreached"]);
  });

  it("tears batches only where they can be torn, and bytes only when it is told to", async () => {
    const names = ["a", "b", "c", "d"];
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 20; seed += 1) {
      const plan = [{ call: "write", nth: 1, fault: "torn" }] as const;
      const atomic = open({ random: createRandom(seed), plan }, true);
      await failure(atomic.write(filesNamed(names)), "STORE_UNREACHABLE");
      expect(await namesIn(atomic, "")).toEqual([]);

      const torn = open({ random: createRandom(seed), plan });
      await failure(torn.write(filesNamed(names)), "STORE_UNREACHABLE");
      outcomes.add((await namesIn(torn, "")).join(""));

      const half = open({ random: createRandom(seed), plan, tearsBytes: true });
      await failure(half.write([{ name: "a", bytes: bytesOf("0123456789") }]), "STORE_UNREACHABLE");
      expect("0123456789").toContain(Buffer.from(await half.read("a")).toString());
    }
    expect([...outcomes].sort()).toEqual(["", "a", "ab", "abc"]);
  });

  it("gives listings in another order, and does what arrives twice once", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n/${String(index).padStart(2, "0")}`);
    const store = open({ plan: [{ call: "write", nth: 1, fault: "twice" }] });
    await store.write(filesNamed(names), { createOnly: true });
    const listed: string[] = [];
    for await (const { name } of store.list("n/")) listed.push(name);
    expect(listed).not.toEqual(names);
    expect(listed.sort()).toEqual(names);
  });
});
