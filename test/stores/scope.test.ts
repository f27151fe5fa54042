import { expect, it } from "vitest";
import { concerns, CONFORMANCE_CASES } from "../../src/stores/conformance.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { withScope } from "../../src/stores/scope.ts";
import { failure } from "./conformance.ts";

const TRAITS = [
  {},
  { atomicBatch: false },
  { conditionalWrites: true, atomicFiles: 99 },
  { createOnly: false },
] as const;

it.each(TRAITS)(
  "a part of a store keeps the promises of a store, but for the longest names: %j",
  async (traits) => {
    for (const each of CONFORMANCE_CASES) {
      const whole = openMemoryStore({ traits });
      await whole.write([{ name: "elsewhere", bytes: new Uint8Array(1) }]);
      await whole.write([{ name: "locks/elsewhere", bytes: new Uint8Array(1) }]);
      const store = withScope(whole, { prefix: "part/1/" });
      if (each.isHeavy !== true && each.isLongNamed !== true && concerns(each, store.traits))
        await each.run(store);
    }
  },
);

it("ends its calls when its signal does", async () => {
  const controller = new AbortController();
  const store = withScope(openMemoryStore(), { prefix: "part/", signal: controller.signal });
  await store.write([{ name: "a", bytes: new Uint8Array(1) }]);
  controller.abort();
  await failure(store.read("a"), "CANCELLED");
  await failure(store.read("a", undefined, { signal: new AbortController().signal }), "CANCELLED");
  expect(store.url).toBe("memory:/part/");
});
