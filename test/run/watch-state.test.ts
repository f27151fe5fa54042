import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BASE_FILE } from "../../src/operations/base-record.ts";
import { type StateWatch, watchState } from "../../src/run/watch-state.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("tells of changes, and not of our own record", async () => {
  await using folder = await temporaryFolder();
  const scene = await watched(folder.path);
  await using _watch = scene.watch;
  await writeFile(folder.at(BASE_FILE), "x");
  await scene.isQuiet();
  expect(scene.count()).toBe(0);
  await scene.changeAfter(() => writeFile(folder.at("file"), "x"));
});

test("tells of changes in folders that were made one inside the other, as fast as can be", async () => {
  await using folder = await temporaryFolder();
  const scene = await watched(folder.path);
  await using _watch = scene.watch;
  for (const name of ["a", "b", "c", "d", "e"]) {
    const deep = folder.at(name, "1", "2", "3", "4");
    await scene.changeAfter(() => mkdir(deep, { recursive: true }));
    await scene.isQuiet();
    await scene.changeAfter(() => writeFile(join(deep, "file"), "x"));
    await scene.changeAfter(() => appendFile(join(deep, "file"), "y"));
  }
});

test("tells of changes in a tree that was moved here, and after a folder was replaced by another", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("state"));
  await mkdir(folder.at("outside", "profile", "Default"), { recursive: true });
  const scene = await watched(folder.at("state"));
  await using _watch = scene.watch;
  await scene.changeAfter(() => rename(folder.at("outside"), folder.at("state", "moved")));
  await scene.isQuiet();
  const file = folder.at("state", "moved", "profile", "Default", "Cookies");
  await scene.changeAfter(() => writeFile(file, "x"));
  await rename(folder.at("state", "moved"), folder.at("away"));
  await scene.changeAfter(() =>
    mkdir(folder.at("state", "moved", "profile", "Default"), { recursive: true }),
  );
  await scene.isQuiet();
  await scene.changeAfter(() => writeFile(file, "y"));
});

interface Scene {
  readonly watch: StateWatch;
  /** The change has to be told, and more than once where it is more than one event. */
  changeAfter(change: () => Promise<unknown>): Promise<void>;
  /** How often something was told. */
  count(): number;
  /** Nothing is told any more. */
  isQuiet(): Promise<void>;
}

async function watched(path: string): Promise<Scene> {
  let changes = 0;
  let lastAt = performance.now();
  const watch = await watchState([path], 3_600_000, () => {
    changes += 1;
    lastAt = performance.now();
  });
  expect(watch.kind).toBe("watching");
  let seen = 0;
  return {
    watch,
    count: () => changes,
    async changeAfter(change) {
      seen = changes;
      await change();
      await expect.poll(() => changes, { timeout: 10_000 }).toBeGreaterThan(seen);
    },
    isQuiet: () =>
      expect.poll(() => performance.now() - lastAt > 700, { timeout: 20_000, interval: 50 }).toBe(true),
  };
}

test("asks again and again where nothing is told", async () => {
  let changes = 0;
  await using watch = await watchState(["/no/such/folder"], 10, () => changes++);
  expect(watch.kind).toBe("asking");
  await expect.poll(() => changes, { timeout: 10_000 }).toBeGreaterThan(3);
});
