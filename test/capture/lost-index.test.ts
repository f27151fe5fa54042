import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { saveFolders } from "../../src/capture/save.ts";
import { checkRepository } from "../../src/repository/check.ts";
import { pruneRepository } from "../../src/repository/prune.ts";
import { createRepository, type Repository } from "../../src/repository/repository.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { reopened } from "../repository/scratch.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom } from "../support/random.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { longAgo } from "./saving.ts";

const PASSWORD = "lost index";
const restics = await findRestics();

/** A repository in a folder, where restic can look at it, and two saves of a state. */
async function twoSaves(
  folder: TemporaryFolder,
): Promise<{ repository: Repository; second: Snapshot; save: () => Promise<unknown> }> {
  mkdirSync(folder.at("s", "deep"), { recursive: true });
  writeFileSync(folder.at("s", "a"), createRandom(1).bytes(300_000));
  writeFileSync(folder.at("s", "deep", "b"), "content of b");
  const repository = await createRepository(openLocalStore(folder.at("r")), { password: PASSWORD });
  const save = async (parent: Snapshot | null): Promise<Snapshot> => {
    const options = { folders: [folder.at("s")], parent, tags: [], programVersion: "" };
    return (await saveFolders(reopened(repository), options)).snapshot;
  };
  const first = await save(null);
  writeFileSync(folder.at("s", "deep", "b"), "changed content of b");
  const second = await save(longAgo(first));
  return { repository, second, save: () => save(longAgo(second)) };
}

describe.each([
  ["gone", async ({ store }: Repository, name: string) => store.remove([name])],
  [
    "damaged",
    async ({ store }: Repository, name: string) => store.write([{ name, bytes: Buffer.from("damaged") }]),
  ],
] as const)("an index file that is %s", (what, damage) => {
  test.each(["the first", "the second"])("(%s of two) is made up for by the next save", async (which) => {
    await using folder = await temporaryFolder();
    const { repository, save } = await twoSaves(folder);
    const bySize = readdirSync(folder.at("r", "index"));
    const [one = "", two = ""] = await inOrder(repository, bySize);
    await damage(repository, `index/${which === "the first" ? one : two}`);
    const before = await checkRepository(reopened(repository), { readData: false });
    expect(before.problems.map(({ kind }) => kind)).toContain("index-missing");
    expect(before.damaged).toEqual([]);
    await save();
    const after = await checkRepository(reopened(repository), { readData: true });
    expect(after.problems.map(({ kind }) => kind)).toEqual(what === "damaged" ? ["index-damaged"] : []);
    expect(after.unlistedPacks).toBe(0);
    expect(after.whole).toHaveLength(3);
    // The damaged file itself goes with the next prune.
    if (what === "damaged") await pruneRepository(reopened(repository));
    for (const program of restics.slice(-1)) await program.open(folder.at("r"), PASSWORD).check();
  });
});

test("a damaged index file of what only an older snapshot needs is made up for as well", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("s"));
  const repository = await createRepository(openLocalStore(folder.at("r")), { password: PASSWORD });
  const save = async (parent: Snapshot | null): Promise<Snapshot> => {
    const options = { folders: [folder.at("s")], parent, tags: [], programVersion: "" };
    return (await saveFolders(reopened(repository), options)).snapshot;
  };
  writeFileSync(folder.at("s", "old"), "only the first snapshot has this");
  await save(null);
  const [index = ""] = readdirSync(folder.at("r", "index"));
  rmSync(folder.at("s", "old"));
  writeFileSync(folder.at("s", "new"), "and all others this");
  const second = await save(null);
  await repository.store.write([{ name: `index/${index}`, bytes: Buffer.from("damaged") }]);
  await save(longAgo(second));
  const report = await checkRepository(reopened(repository), { readData: true });
  expect(report.problems.map(({ kind }) => kind)).toEqual(["index-damaged"]);
  expect(report).toMatchObject({ unlistedPacks: 0, damaged: [] });
});

/** Names of index files in the order of their saves: the first lists more blobs. */
async function inOrder({ store }: Repository, names: readonly string[]): Promise<readonly string[]> {
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, size: (await store.read(`index/${name}`)).byteLength })),
  );
  return sizes.sort((a, b) => b.size - a.size).map(({ name }) => name);
}
