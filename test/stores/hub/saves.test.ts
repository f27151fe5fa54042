import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../../src/operations/check.ts";
import { forget } from "../../../src/operations/forget.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import { usage } from "../../../src/operations/usage.ts";
import { createRequestCounter } from "../../../src/stores/count.ts";
import type { InspectedRepo } from "../../hub/inspect.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { LONG } from "../../support/long.ts";
import { findRestics } from "../../support/peers.ts";
import { createRandom } from "../../support/random.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type HubPlace, hubPlace, REPO } from "./hub-store.ts";

const password = "correct horse";
const restics = await findRestics();

/** Some 30 MB, or less, that cannot be compressed, as a browser profile of pictures and databases is. */
async function writeProfile(state: TestState, files = LONG ? 300 : 60): Promise<void> {
  const random = createRandom(30);
  for (let i = 0; i < files; i++) await state.write(`files/${i}`, random.bytes(random.between(1, 120_000)));
  for (let i = 0; i < 4; i++) await state.write(`large/${i}`, random.bytes(3_000_000));
}

function repoOf(place: HubPlace): InspectedRepo {
  const repo = place.hub.repo(REPO);
  if (repo === null) throw new Error("there is no dataset");
  return repo;
}

/** All files of the dataset in a folder, as whoever downloads it has them. */
function checkOut(repo: InspectedRepo, folder: string): void {
  for (const { path } of repo.files()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), repo.read(path));
  }
}

describe("a state in a dataset of the Hub", () => {
  test("each save is one commit, however many packs it has, and restores to the same", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    await writeProfile(state);
    const store = await place.open();
    await save({ store, password, ...state.request });
    // the Hub's own, that of the new repository, and the save
    expect(repoOf(place).commits()).toHaveLength(3);
    expect(repoOf(place).isPrivate).toBe(true);
    await state.write("files/new", createRandom(31).bytes(9_000_000));
    await save({ store: await place.open(), password, ...state.request });
    expect(repoOf(place).commits()).toHaveLength(4);
    const to = state.temporary.at("to");
    await restore({ store: await place.open(), password, ...state.request, to });
    expect(compareFolders(state.folder, to)).toEqual([]);
    expect(
      repoOf(place)
        .files()
        .some(({ path }) => path.startsWith("locks/")),
    ).toBe(false);
  });

  test("30 MB are restored in at most five rounds of requests, detours counted", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    await writeProfile(state, 300);
    await save({ store: await place.open(), password, ...state.request });
    // So long that requests of one round all begin before the first of them is answered, on a busy machine too.
    place.hub.faults.add({ fault: { kind: "slow", delayMs: 600 } });
    const counter = createRequestCounter();
    const store = await place.open({ counter });
    await restore({ store, password, ...state.request, to: state.temporary.at("to") });
    expect(counter.rounds).toBeLessThanOrEqual(5);
    expect(counter.requests).toBeLessThanOrEqual(60);
  });

  test("a save of a small change takes few requests", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    await writeProfile(state);
    await save({ store: await place.open(), password, ...state.request });
    await state.write("files/7", Buffer.from("changed"));
    place.hub.requests.length = 0;
    const counter = createRequestCounter();
    await save({ store: await place.open({ counter }), password, ...state.request });
    expect(counter.requests).toBe(place.hub.requests.length);
    expect(counter.requests).toBeLessThanOrEqual(40);
  });

  test("what is forgotten and pruned is gone for good, and all else is whole", async () => {
    let nowMs = Date.parse("2026-11-01T00:00:00Z");
    await using place = await hubPlace({ now: () => nowMs });
    await using state = await openTestState();
    const random = createRandom(5);
    for (let i = 0; i < 5; i++) {
      await state.write("changing", random.bytes(2_000_000));
      await save({ store: await place.open(), password, ...state.request });
      nowMs += 3_600_000;
    }
    const access = { store: await place.open(), password };
    const before = await usage(access);
    await forget({ ...access, keep: { last: 1 }, prune: true });
    const after = await usage({ ...access, store: await place.open() });
    expect(before.live).toBeGreaterThan(10_000_000);
    expect(after.live).toBeLessThan(2_100_000);
    expect(after.kept).toBeLessThan(10_000);
    expect(after.counted).toBeLessThan(2_100_000);
    expect(repoOf(place).commits().length).toBeLessThanOrEqual(2);
    expect((await check({ ...access, readData: true })).errors).toEqual([]);
    await restore({ ...access, ...state.request, force: true });
    expect((await snapshots(access)).snapshots).toHaveLength(1);
  });

  test("a forget without a prune gives up the history, and loses nothing that is left", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    const access = { store: await place.open(), password };
    for (const content of ["one", "two", "three"]) {
      await state.write("file", content);
      await save({ ...access, ...state.request });
    }
    const { kept, removed } = await forget({ ...access, keep: { last: 1 } });
    expect(removed).toHaveLength(2);
    // what is there, and that the lock has gone
    expect(repoOf(place).commits()).toHaveLength(2);
    const anew = { store: await place.open(), password };
    expect((await snapshots(anew)).snapshots.map(({ id }) => id)).toEqual(kept);
    expect((await check({ ...anew, readData: true })).errors).toEqual([]);
    await restore({ ...anew, ...state.request, force: true });
  });

  test("a forget that finds nothing to remove leaves the history alone", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    await state.write("file", "one");
    const access = { store: await place.open(), password };
    await save({ ...access, ...state.request });
    const before = repoOf(place).commits();
    await forget({ ...access, keep: { last: 1 } });
    expect(repoOf(place).commits()).toEqual(before);
  });

  test("a forget that cannot give up the history has forgotten all the same", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    const access = { store: await place.open(), password };
    for (const content of ["one", "two"]) {
      await state.write("file", content);
      await save({ ...access, ...state.request });
    }
    const refused = { kind: "status", status: 403, body: "no" } as const;
    place.hub.faults.add({ fault: refused, path: /\/super-squash\// });
    const { kept } = await forget({ ...access, keep: { last: 1 } });
    expect((await snapshots(access)).snapshots.map(({ id }) => id)).toEqual(kept);
  });

  test.skipIf(restics.length === 0)("restic finds a checkout of the dataset whole", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    await writeProfile(state);
    await save({ store: await place.open(), password, ...state.request });
    await state.write("files/3", Buffer.from("changed"));
    await save({ store: await place.open(), password, ...state.request });
    await using folder = await temporaryFolder();
    checkOut(repoOf(place), folder.at("repo"));
    for (const program of restics) await program.open(folder.at("repo"), password).check();
  });
});
