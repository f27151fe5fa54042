import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../src/stores/conformance/case.ts";
import { withLimit } from "../../src/stores/limit.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

testConformance("a store with a limit of one", async () => disposable(withLimit(openMemoryStore(), 1)));
testConformance("a store with a limit of 16", async () => disposable(withLimit(openMemoryStore(), 16)));

/** A store whose reads end when they are told to, and that knows which have begun. */
function heldStore(): { readonly store: Store; readonly begun: string[]; end(name: string): void } {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const store: Store = {
    ...openMemoryStore(),
    read(name) {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(new Uint8Array(0))));
    },
  };
  return { store, begun, end: (name) => ends.get(name)?.() };
}

describe("the limit", () => {
  it("holds, and lets those in that came first", async () => {
    const held = heldStore();
    const store = withLimit(held.store, 2);
    const reads = ["a", "b", "c", "d", "e"].map((name) => store.read(name));
    await setImmediate();
    expect(held.begun).toEqual(["a", "b"]);
    held.end("b");
    await setImmediate();
    expect(held.begun).toEqual(["a", "b", "c"]);
    held.end("a");
    held.end("c");
    await setImmediate();
    expect(held.begun).toEqual(["a", "b", "c", "d", "e"]);
    held.end("d");
    held.end("e");
    await Promise.all(reads);
  });

  it("gives its turn on when a call fails", async () => {
    const store = withLimit(openMemoryStore(), 1);
    const failing = Array.from({ length: 5 }, () => failure(store.read("none"), "NOT_FOUND"));
    await Promise.all(failing);
    await store.write(filesNamed(["a"]));
    expect(await namesIn(store, "")).toEqual(["a"]);
  });

  it("lets go of who gives up waiting, and of nobody else", async () => {
    const held = heldStore();
    const store = withLimit(held.store, 1);
    const controller = new AbortController();
    const first = store.read("a");
    const second = failure(store.read("b", undefined, { signal: controller.signal }), "CANCELLED");
    const third = store.read("c");
    await setImmediate();
    controller.abort();
    await second;
    held.end("a");
    await first;
    await setImmediate();
    expect(held.begun).toEqual(["a", "c"]);
    held.end("c");
    await third;
  });

  it("does not stop a reader that calls the store between two files of a listing", async () => {
    const store = withLimit(openMemoryStore(), 1);
    await store.write(filesNamed(["a", "b", "c"]));
    const sizes: number[] = [];
    for await (const { name } of store.list("")) sizes.push((await store.read(name)).length);
    expect(sizes).toEqual([100, 100, 100]);
  });
});
