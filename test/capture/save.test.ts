import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import type { Progress } from "../../src/base/progress.ts";
import { type SaveEnding, saveFolders } from "../../src/capture/save.ts";
import { checkRepository } from "../../src/repository/check.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { packName } from "../../src/repository/layout.ts";
import { listSnapshots, type Snapshot } from "../../src/repository/snapshot.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { locksIn } from "../repository/lock-files.ts";
import { reopened, scratchRepository } from "../repository/scratch.ts";
import { watchedStore } from "../repository/watched-store.ts";
import { LONG } from "../support/long.ts";
import { createRandom } from "../support/random.ts";
import { longAgo, savedContent, savedEntries, savedNames, type Scene, scene } from "./saving.ts";

const random = createRandom(1);

function fill(place: Scene): void {
  for (const name of ["a", "folder/b", "folder/deep/c"]) writeFileSync(place.at(name), `content of ${name}`);
}

async function expectAsBefore(place: Scene, before: readonly string[]): Promise<void> {
  const names = await namesIn(place.repository.store, "");
  expect(names.filter((name) => name.startsWith("snapshots/"))).toEqual(
    before.filter((name) => name.startsWith("snapshots/")),
  );
  expect(await locksIn(place.repository)).toEqual([]);
  expect((await checkRepository(reopened(place.repository), { readData: true })).damaged).toEqual([]);
}

test("a snapshot says what, whose, when and from what", async () => {
  await using place = await scene();
  fill(place);
  const before = BigInt(Date.now()) * 1_000_000n;
  const first = await place.save({ tags: ["t"], exclude: ["x"] });
  const { snapshot, counts } = await place.save({ parent: first.snapshot });
  expect(await listSnapshots(reopened(place.repository))).toEqual([first.snapshot, snapshot]);
  expect(first.snapshot).toMatchObject({ parent: null, tags: ["t"], excludes: ["x"], paths: [place.state] });
  expect(snapshot).toMatchObject({
    parent: first.snapshot.id,
    programVersion: "test",
    uid: process.getuid?.(),
  });
  expect(snapshot.timeNs).toBeGreaterThanOrEqual(before);
  expect(counts).toMatchObject({ foldersUnchanged: 2, foldersNew: 0 });
  expect(first.snapshot.summary).toMatchObject({
    filesNew: 3,
    totalFilesProcessed: 3,
    totalBytesProcessed: 55,
    dataBlobs: 3,
  });
});

test("tags may be chosen by what was found", async () => {
  await using place = await scene();
  fill(place);
  const { snapshot } = await place.save({
    tags: async ({ counts: { filesNew, stateBytes } }) => ({
      tags: [`${filesNew} files`, `${stateBytes} bytes`],
    }),
  });
  expect(snapshot.tags).toEqual(["3 files", "55 bytes"]);
});

test("files that are written are packs, then indexes, then the snapshot", async () => {
  await using place = await scene();
  for (let count = 0; count < 12; count += 1) writeFileSync(place.at(`${count}`), random.bytes(1_500_000));
  const written: string[] = [];
  const repository = scratchRepository();
  const store = watchedStore(repository.store, {
    before: ({ kind, names }) => {
      if (kind === "write") written.push(...names.map((name) => name.slice(0, name.indexOf("/"))));
    },
  });
  const folders = [place.state];
  await saveFolders(reopened(repository, store), { folders, parent: null, tags: [], programVersion: "" });
  const [lock, ...rest] = written;
  expect(lock).toBe("locks");
  expect(rest.slice(-3)).toEqual(["data", "index", "snapshots"]);
  expect(rest.slice(0, -3).every((kind) => kind === "data")).toBe(true);
  expect(rest.length).toBeGreaterThan(4);
});

test("what is never part of the state is left out, wherever it lies", async () => {
  await using place = await scene();
  fill(place);
  const { snapshot } = await place.save({
    skip: [place.at("folder", "deep"), place.at("a"), place.beside("other")],
  });
  expect(await savedNames(place.repository, snapshot)).toEqual(["folder", "folder/b"]);
});

test("thousands of files in one folder are saved, and known again", async () => {
  await using place = await scene();
  mkdirSync(place.at("many"));
  const total = LONG ? 20_000 : 2_000;
  for (let count = 0; count < total; count += 1)
    writeFileSync(place.at("many", `${count}`), `${count % 100}`);
  const calls: Progress[] = [];
  const first = await place.save({ onProgress: (progress) => calls.push(progress) });
  expect(first.counts).toMatchObject({ filesNew: total });
  expect(first.snapshot.summary?.dataBlobs).toBe(100);
  expect(await savedNames(place.repository, first.snapshot)).toHaveLength(total + 1);
  const second = await place.save({
    parent: longAgo(first.snapshot),
    onProgress: (progress) => calls.push(progress),
  });
  expect(second.counts).toMatchObject({ readBytes: 0, filesUnchanged: total });
  expect(second.snapshot.tree).toBe(first.snapshot.tree);
  for (const { phase, files, totalFiles } of calls) {
    expect(phase).toBe("save");
    if (totalFiles !== null) expect(totalFiles).toBeGreaterThanOrEqual(files);
  }
});

describe("no snapshot appears, and no lock stays, when", () => {
  test("the save is given up, at once or on the way", async () => {
    await using place = await scene();
    fill(place);
    const first = await place.save();
    const before = await namesIn(place.repository.store, "");
    const cancelled = { name: "HoldfastError", code: "CANCELLED" };
    await expect(place.save({ signal: AbortSignal.abort() })).rejects.toMatchObject(cancelled);
    for (let count = 0; count < 20; count += 1)
      writeFileSync(place.at(`large ${count}`), random.bytes(1_000_000));
    const controller = new AbortController();
    const store = watchedStore(place.repository.store, {
      before: ({ kind, names }) => {
        if (kind === "write" && names[0]?.startsWith("data/") === true) controller.abort();
      },
    });
    const saving = saveFolders(reopened(place.repository, store), {
      folders: [place.state],
      parent: longAgo(first.snapshot),
      tags: [],
      programVersion: "",
      signal: controller.signal,
    });
    await expect(saving).rejects.toMatchObject(cancelled);
    await expectAsBefore(place, before);
  });

  test("the store fails at any call", async () => {
    const unreachable = new HoldfastError({
      code: "STORE_UNREACHABLE",
      message: "the network of this test has failed",
    });
    await using place = await scene();
    fill(place);
    const first = await place.save();
    writeFileSync(place.at("a"), "changed");
    for (let failAt = 1; ; failAt += 1) {
      const before = await namesIn(place.repository.store, "");
      let calls = 0;
      const store = watchedStore(place.repository.store, {
        before: ({ kind }) => {
          if ((calls += 1) === failAt && kind !== "remove") throw unreachable;
        },
      });
      const saving = saveFolders(reopened(place.repository, store), {
        folders: [place.state],
        parent: longAgo(first.snapshot),
        tags: [],
        programVersion: "",
      });
      const error: unknown = await saving.then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error === null && calls < failAt) break;
      if (error === null) continue; // a call that only saves time, or that removes
      expect(error).toBe(unreachable);
      await expectAsBefore(place, before);
    }
  });

  describe("it has lost its lock", () => {
    afterEach(() => vi.useRealTimers());

    test("because the machine slept", async () => {
      await using place = await scene();
      fill(place);
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
      const sleep = async (): Promise<SaveEnding> => {
        vi.setSystemTime(Date.now() + 31 * 60_000);
        return { tags: [] };
      };
      await expect(place.save({ tags: sleep })).rejects.toMatchObject({ code: "LOCKED" });
      await expectAsBefore(place, []);
    });
  });
});

describe("a damaged parent does not stop a save: the new snapshot is whole", () => {
  async function savedAfter(damage: (place: Scene, parent: Snapshot) => Promise<unknown>): Promise<void> {
    await using place = await scene();
    fill(place);
    const first = await place.save();
    await damage(place, first.snapshot);
    const { snapshot } = await place.save({ parent: longAgo(first.snapshot) });
    const report = await checkRepository(reopened(place.repository), { readData: true });
    expect(report.whole).toContain(snapshot.id);
    const entries = await savedEntries(place.repository, snapshot);
    expect((await savedContent(place.repository, entries.get("folder/deep/c"))).toString()).toBe(
      "content of folder/deep/c",
    );
  }

  test("its trees are gone from store and index", async () => {
    await savedAfter(async ({ repository }, { tree }) => {
      await loadIndex(repository);
      const pack = repository.index.find("tree", tree)?.pack;
      await repository.store.remove([
        ...(await namesIn(repository.store, "index/")),
        packName(pack ?? ("" as never)),
      ]);
    });
  });

  test("its root tree has a flipped bit, and something has changed since", async () => {
    await savedAfter(async (place, { tree }) => {
      const { repository } = place;
      await loadIndex(repository);
      const { pack, offset } = repository.index.find("tree", tree) ?? { pack: "" as never, offset: 0 };
      const bytes = Buffer.from(await repository.store.read(packName(pack)));
      bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
      await repository.store.write([{ name: packName(pack), bytes }]);
      writeFileSync(place.at("new"), "new");
    });
  });

  test("all index files are gone", async () => {
    await savedAfter(async ({ repository: { store } }) => store.remove(await namesIn(store, "index/")));
  });

  test("an index file is damaged", async () => {
    await savedAfter(async ({ repository: { store } }) => {
      for (const name of await namesIn(store, "index/"))
        await store.write([{ name, bytes: Buffer.from("damaged") }]);
    });
  });
});
