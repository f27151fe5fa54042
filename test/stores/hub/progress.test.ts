import { expect, test } from "vitest";
import type { Progress } from "../../../src/base/progress.ts";
import { saveMadeFiles } from "../../../src/capture/save-made-files.ts";
import { openRepository } from "../../../src/operations/open-repository.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { openMemoryStore } from "../../../src/stores/memory.ts";
import type { Store } from "../../../src/stores/store.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { createRandom } from "../../support/random.ts";
import { hubPlace } from "./hub-store.ts";

const password = "correct horse";
const FILES = 200;
const FILE_BYTES = 100_000;

async function writeFiles(state: TestState): Promise<void> {
  const random = createRandom(8);
  for (let i = 0; i < FILES; i += 1) await state.write(`files/${i}`, random.bytes(FILE_BYTES));
}

async function progressOfSave(store: Store, state: TestState): Promise<Progress[]> {
  const heard: Progress[] = [];
  await save({ store, password, ...state.request, onProgress: (progress) => heard.push(progress) });
  return heard;
}

test("a save tells what has arrived at the Hub once all is read", async () => {
  await using place = await hubPlace();
  await using state = await openTestState();
  await writeFiles(state);
  // One of the uploads is repeated, and counts once.
  place.hub.faults.add({ fault: { kind: "expired-url" }, path: /\/objects\/batch$/, nth: 1 });
  const heard = await progressOfSave(await place.open(), state);
  const first = heard.findIndex(({ phase }) => phase === "upload");
  const uploads = heard.slice(first);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(uploads.every(({ phase }) => phase === "upload")).toBe(true);
  const bytes = uploads.map((progress) => progress.bytes);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  expect(bytes.at(-1)).toBeGreaterThan(FILES * FILE_BYTES);
  expect(bytes.at(-1)).toBeLessThan(FILES * FILE_BYTES * 1.05);
  expect(uploads.every((progress) => progress.bytes <= (progress.totalBytes ?? 0))).toBe(true);
});

test("a save of files that are made for it tells what has arrived, too", async () => {
  await using place = await hubPlace();
  await using state = await openTestState();
  await save({ store: await place.open(), password, ...state.request });
  await using repository = await openRepository({ store: await place.open(), password });
  const heard: Progress[] = [];
  const content = createRandom(9).bytes(300_000);
  const report = await saveMadeFiles(repository.inner, {
    folders: [{ path: "/app/made", files: new Map([["large", content]]) }],
    parent: null,
    tags: [],
    programVersion: "test",
    onProgress: (progress) => heard.push(progress),
  });
  expect(heard.every(({ phase }) => phase === "upload")).toBe(true);
  expect(heard.at(-1)?.bytes).toBeGreaterThan(300_000);
  expect(heard.at(-1)?.bytes).toBeLessThanOrEqual(report.storedBytes);
});

test("a store that is near has nothing to tell of an upload", async () => {
  await using state = await openTestState();
  await writeFiles(state);
  const heard = await progressOfSave(openMemoryStore(), state);
  expect(heard.filter(({ phase }) => phase === "upload")).toEqual([]);
});

test("a restore tells of files while others are still being read", async () => {
  await using place = await hubPlace();
  await using state = await openTestState();
  await writeFiles(state);
  await save({ store: await place.open(), password, ...state.request });
  const store = await place.open();
  const { promise: isHeard, resolve: onProgress } = Promise.withResolvers<Progress>();
  let large = 0;
  const withheld: Store = {
    ...store,
    async read(name, range, options) {
      const bytes = await store.read(name, range, options);
      // The rest of the state comes only after something was told.
      if (bytes.length > 500_000 && ++large > 1) await isHeard;
      return bytes;
    },
  };
  const to = state.temporary.at("to");
  await restore({ store: withheld, password, ...state.request, to, onProgress });
  expect(large).toBeGreaterThan(1);
  expect((await isHeard).bytes).toBeLessThan(FILES * FILE_BYTES);
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
});
