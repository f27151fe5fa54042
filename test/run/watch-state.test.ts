import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { BASE_FILE } from "../../src/operations/base-record.ts";
import { watchState } from "../../src/run/watch-state.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("tells of changes in new folders too, and not of our own record", async () => {
  await using folder = await temporaryFolder();
  let changes = 0;
  await using watch = await watchState([folder.path], 3_600_000, () => changes++);
  expect(watch.kind).toBe("watching");
  await writeFile(folder.at(BASE_FILE), "x");
  await mkdir(folder.at("a", "b"), { recursive: true });
  await expect.poll(() => changes, { timeout: 10_000 }).toBeGreaterThan(0);
  const before = changes;
  await writeFile(folder.at("a", "b", "file"), "x");
  await expect.poll(() => changes, { timeout: 10_000 }).toBeGreaterThan(before);
});

test("asks again and again where nothing is told", async () => {
  let changes = 0;
  await using watch = await watchState(["/no/such/folder"], 10, () => changes++);
  expect(watch.kind).toBe("asking");
  await expect.poll(() => changes, { timeout: 10_000 }).toBeGreaterThan(3);
});
