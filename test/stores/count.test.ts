import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../src/stores/conformance/case.ts";
import { createRequestCounter, type RequestCounter, withCount } from "../../src/stores/count.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

testConformance("a store whose calls are counted", async () =>
  disposable(withCount(openMemoryStore(), createRequestCounter())),
);

function open(): { readonly store: Store; readonly counter: RequestCounter } {
  const counter = createRequestCounter();
  return { store: withCount(openMemoryStore(), counter), counter };
}

describe("the counter", () => {
  it("counts every call, failed ones too", async () => {
    const { store, counter } = open();
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 0, rounds: 0 });
    await store.write(filesNamed(["a", "b"]));
    await store.read("a");
    await failure(store.read("none"), "NOT_FOUND");
    await namesIn(store, "");
    await store.remove(["a"]);
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 5, rounds: 5 });
  });

  it("counts calls side by side as one round", async () => {
    const { store, counter } = open();
    await store.write(filesNamed(["a", "b", "c"]));
    await Promise.all([store.read("a"), store.read("b"), store.read("c"), namesIn(store, "")]);
    await Promise.all([store.read("a"), store.read("b")]);
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 7, rounds: 3 });
  });

  it("follows the longest chain, although other calls overlap it", () => {
    const counter = createRequestCounter();
    const slow = counter.begin();
    for (let index = 0; index < 3; index += 1) counter.begin()();
    slow();
    expect(counter.rounds).toBe(3);
    counter.begin()();
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 5, rounds: 4 });
  });

  it("takes what a reader does with a listed file for the next round", async () => {
    const { store, counter } = open();
    await store.write(filesNamed(["a"]));
    for await (const { name } of store.list("")) await store.read(name);
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 3, rounds: 3 });
  });
});
