import { expect, test } from "vitest";
import { WorkerPool, workerUrl } from "../../src/base/worker-pool.ts";
import type { TestJob, TestResult } from "./worker-pool.fixture.ts";

function pool(signal?: AbortSignal): WorkerPool<TestJob, TestResult> {
  return new WorkerPool(workerUrl("./worker-pool.fixture", import.meta.url), { size: 2, data: 1000, signal });
}

test("jobs are answered each with its own result", async () => {
  await using threads = pool();
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, value) => threads.run({ kind: "add", value })),
  );
  expect(results).toEqual(Array.from({ length: 50 }, (_, value) => 1000 + value));
});

test("transferred bytes move there and back", async () => {
  await using threads = pool();
  threads.start();
  const bytes = new Uint8Array([1, 2, 3]);
  const result = await threads.run({ kind: "reverse", bytes }, [bytes.buffer]);
  expect(result).toEqual(new Uint8Array([3, 2, 1]));
  expect(bytes.byteLength).toBe(0);
});

test("an error keeps code and hint, and the thread goes on", async () => {
  await using threads = pool();
  await expect(threads.run({ kind: "fail", error: "ours" })).rejects.toMatchObject({
    name: "HoldfastError",
    code: "DISK_FULL",
    message: "the disk is full",
    hint: "make room",
  });
  await expect(threads.run({ kind: "fail", error: "other" })).rejects.toMatchObject({
    code: "FAILED",
    message: "not a function",
  });
  expect(await threads.run({ kind: "add", value: 1 })).toBe(1001);
});

test("the death of a thread rejects what it had, what waits, and what comes after", async () => {
  await using threads = pool();
  const hanging = threads.run({ kind: "hang" });
  const dying = threads.run({ kind: "die" });
  const waiting = Array.from({ length: 5 }, (_, value) => threads.run({ kind: "add", value }));
  const outcomes = await Promise.allSettled([hanging, dying, ...waiting]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(7).fill("rejected"));
  await expect(threads.run({ kind: "add", value: 1 })).rejects.toMatchObject({ code: "FAILED" });
});

test("a signal ends a job that would never end", async () => {
  const controller = new AbortController();
  await using threads = pool(controller.signal);
  const hanging = threads.run({ kind: "hang" });
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(threads.run({ kind: "add", value: 1 })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a signal that came before stops the first job", async () => {
  await using threads = pool(AbortSignal.abort());
  await expect(threads.run({ kind: "add", value: 1 })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a worker module has the ending of the module that names it", () => {
  expect(workerUrl("./seal-worker", "file:///a/src/save.ts").href).toBe("file:///a/src/seal-worker.ts");
  expect(workerUrl("./seal-worker", "file:///a/dist/save.js").href).toBe("file:///a/dist/seal-worker.js");
});
