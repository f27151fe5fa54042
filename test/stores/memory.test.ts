import { openMemoryStore } from "../../src/stores/memory.ts";
import { disposable, testConformance } from "./conformance.ts";

testConformance("a store in memory", async () => disposable(openMemoryStore()));

testConformance("a store in memory that shows a batch file by file", async () =>
  disposable(openMemoryStore({ traits: { atomicBatch: false } })),
);

testConformance("a store in memory that cannot create only", async () =>
  disposable(openMemoryStore({ traits: { createOnly: false } })),
);

testConformance("a store in memory that knows conditions, and shows deferred files late", async () =>
  disposable(openMemoryStore({ traits: { conditionalWrites: true }, hidesDeferred: true })),
);
