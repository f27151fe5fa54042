import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { packName } from "../../src/repository/layout.ts";
import type { Node } from "../../src/repository/node.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { restoreFolders } from "../../src/restore/restore-folders.ts";
import { Verifier } from "../../src/restore/verifier.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { watchedStore } from "../repository/watched-store.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeFolder } from "./made-snapshot.ts";

const random = createRandom(printedSeed("damaged packs"));

async function repositoryWithFiles(): Promise<{ readonly repository: Repository; readonly node: Node }> {
  const repository = scratchRepository();
  const node = await makeFolder(repository, [
    ...Array.from({ length: 50 }, (_, i) => ({ name: `file-${i}`, content: [random.bytes(1000)] })),
    { name: "large", content: [random.bytes(600_000), random.bytes(600_000)] },
  ]);
  return { repository, node };
}

async function packNames({ store }: Repository): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("data/")) names.push(name);
  return names.sort();
}

/** Flips a bit of a blob: headers at the end of packs are not read by a restore. */
async function flipBit({ store }: Repository, name: string): Promise<void> {
  const bytes = await store.read(name);
  const position = random.between(0, Math.floor(bytes.length * 0.9));
  bytes[position] = (bytes[position] ?? 0) ^ (1 << random.between(0, 8));
  await store.write([{ name, bytes }]);
}

const DAMAGE: Readonly<Record<string, (repository: Repository, name: string) => Promise<void>>> = {
  "a flipped bit": flipBit,
  "a lost pack": ({ store }, name) => store.remove([name]),
  "a pack cut short": async ({ store }, name) => {
    const bytes = await store.read(name);
    await store.write([{ name, bytes: bytes.subarray(0, Math.floor(bytes.length / 2)) }]);
  },
};

for (const [what, damage] of Object.entries(DAMAGE)) {
  test(`${what} in any pack changes nothing on the disk`, async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("data"));
    writeFileSync(folder.at("data", "mine"), "mine");
    for (let pack = 0; pack < 2; pack++) {
      const { repository, node } = await repositoryWithFiles();
      const name = (await packNames(repository))[pack];
      if (name === undefined) throw new Error("there should be a pack of files and one of trees");
      await damage(repository, name);
      const folders = [{ node, target: folder.at("data") }];
      const restoring = restoreFolders(repository, { folders, force: true });
      await expect(restoring).rejects.toMatchObject({ code: "DATA_DAMAGED" });
      expect(readdirSync(folder.path)).toEqual(["data"]);
      expect(readFileSync(folder.at("data", "mine"), "utf8")).toBe("mine");
      await using verifier = new Verifier(repository);
      expect(await verifier.isWhole(node)).toBe(false);
    }
  });
}

test("a verifier reads what is whole once, and tells it from what is not", async () => {
  const repository = scratchRepository();
  const shared = random.bytes(100_000);
  const good = await makeFolder(repository, [{ name: "shared", content: [shared] }]);
  const dataOfGood = await dataPacks(repository);
  const bad = await makeFolder(repository, [
    { name: "shared", content: [shared] },
    { name: "own", content: ["own"] },
  ]);
  const dataOfBad = (await dataPacks(repository)).filter((name) => !dataOfGood.includes(name));
  const read: string[] = [];
  const store = watchedStore(repository.store, { before: ({ names }) => read.push(...names) });

  await using verifier = new Verifier({ ...repository, store });
  expect(await verifier.isWhole(good)).toBe(true);
  expect(await verifier.isWhole(bad)).toBe(true);
  expect(read.filter((name) => dataOfGood.includes(name))).toHaveLength(1);

  await repository.store.remove(dataOfBad);
  await using another = new Verifier(repository);
  expect(await another.isWhole(bad)).toBe(false);
  expect(await another.isWhole(good)).toBe(true);
});

async function dataPacks(repository: Repository): Promise<string[]> {
  const packs = new Set([...repository.index.entries("data")].map(([, { pack }]) => packName(pack)));
  return (await packNames(repository)).filter((name) => packs.has(name));
}
