import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ByteString } from "../../src/base/byte-string.ts";
import type { Id } from "../../src/repository/ids.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { TreeReader } from "../../src/repository/tree-reader.ts";
import { planRestore } from "../../src/restore/plan.ts";
import { restoreFolders } from "../../src/restore/restore-folders.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type MadeEntry, makeFolder, madeNode, makeTree } from "./made-snapshot.ts";

const file = (name: string): MadeEntry => ({ name, content: ["evil"] });

/** Each would write outside of its folder, or over something, if it were believed. */
const UNSAFE: readonly (readonly [string, readonly MadeEntry[]])[] = [
  ["an empty name", [file("")]],
  ["the folder itself", [file(".")]],
  ["the folder above", [file("..")]],
  ["the folder above, as a folder", [{ name: "..", entries: [file("x")] }]],
  ["an absolute path", [file("/tmp/x")]],
  ["a path up", [file("../x")]],
  ["a path down", [file("a/b")]],
  ["a NUL", [file("a\0b")]],
  ["a link up as a folder's name", [{ name: "../up", linkTarget: "x" }]],
  ["two files of one name", [file("x"), file("x")]],
  [
    "a file below a link",
    [
      { name: "x", linkTarget: "/tmp" },
      { name: "x", entries: [file("y")] },
    ],
  ],
  [
    "a folder, then a link in its place",
    [
      { name: "x", entries: [file("y")] },
      { name: "x", linkTarget: "/tmp" },
    ],
  ],
  ["a bad name further in", [{ name: "x", entries: [{ name: "y", entries: [file("..")] }] }]],
];

test.each(UNSAFE)("%s is refused before anything is written", async (_, entries) => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("data"));
  writeFileSync(folder.at("data", "mine"), "mine");
  const repository = scratchRepository();
  const node = await makeFolder(repository, [...entries, { name: "zz", content: ["good"] }]);
  const restoring = restoreFolders(repository, {
    folders: [{ node, target: folder.at("data") }],
    force: true,
  });
  await expect(restoring).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  expect(readdirSync(folder.path)).toEqual(["data"]);
  expect(readdirSync(folder.at("data"))).toEqual(["mine"]);
});

test("names that only look dangerous are taken as they are", async () => {
  await using folder = await temporaryFolder();
  const names = ["...", "..x", " ", "~", "-rf", "$(id)", "a\\b", "%2e%2e"];
  const repository = scratchRepository();
  const node = await makeFolder(repository, names.map(file));
  await restoreFolders(repository, { folders: [{ node, target: folder.at("data") }], force: false });
  expect(readdirSync(folder.at("data"))).toEqual([...names].sort());
});

test("nothing is written through a link, neither one of the snapshot nor one on the disk", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("outside"));
  const repository = scratchRepository();
  const node = await makeFolder(repository, [
    { name: "to-outside", linkTarget: folder.at("outside") },
    { name: "up", linkTarget: ".." },
    { name: "z", entries: [{ name: "x", content: ["1"] }] },
  ]);
  await restoreFolders(repository, { folders: [{ node, target: folder.at("data") }], force: false });
  await restoreFolders(repository, { folders: [{ node, target: folder.at("data") }], force: true });
  expect(readdirSync(folder.at("outside"))).toEqual([]);
  expect(readdirSync(folder.path).sort()).toEqual(["data", "outside"]);
});

test("what an interrupted restore of ours left in a saved folder is not restored", async () => {
  await using folder = await temporaryFolder();
  const name = ".holdfast-restore-1-2-0123456789ab";
  const repository = scratchRepository();
  const node = await makeFolder(repository, [
    { name, entries: [{ name: "journal.commit", content: ["{}"] }] },
    { name: "kept", entries: [{ name, content: ["deeper it is the user's own"] }] },
  ]);
  await restoreFolders(repository, { folders: [{ node, target: folder.at("data") }], force: false });
  expect(readdirSync(folder.at("data"))).toEqual(["kept"]);
  expect(existsSync(folder.at("data", "kept", name))).toBe(true);
});

test.each([
  ["a folder without a tree", { type: "dir" as const, subtree: null }],
  ["a link without a target", { type: "symlink" as const, linkTarget: "" as ByteString }],
  ["a link with a NUL in its target", { type: "symlink" as const, linkTarget: "a\0b" as ByteString }],
])("%s is damage", async (_, given) => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const subtree = await makeTree(repository, [madeNode(given)]);
  const node = madeNode({ type: "dir", subtree });
  const restoring = restoreFolders(repository, {
    folders: [{ node, target: folder.at("data") }],
    force: false,
  });
  await expect(restoring).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  expect(readdirSync(folder.path)).toEqual([]);
});

/** Each tree holds the one before it `width` times. */
async function nestedTrees(repository: Repository, depth: number, width: number): Promise<Id> {
  let tree = await makeTree(repository, []);
  for (let level = 0; level < depth; level++) {
    const names = Array.from({ length: width }, (_, i) => `${i}` as ByteString);
    tree = await makeTree(
      repository,
      names.map((name) => madeNode({ name, type: "dir", subtree: tree })),
    );
  }
  return tree;
}

test("a tree that is deeper than any real one is refused", async () => {
  const repository = scratchRepository();
  const root = madeNode({ type: "dir", subtree: await nestedTrees(repository, 12, 1) });
  const plan = (maxDepth: number) =>
    planRestore(new TreeReader(repository), root, { maxDepth, maxEntries: 1000 });
  await expect(plan(11)).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  expect((await plan(12)).folders).toHaveLength(13);
});

test("few trees that unfold to millions of entries are refused early", async () => {
  const repository = scratchRepository();
  const root = madeNode({ type: "dir", subtree: await nestedTrees(repository, 20, 10) });
  const reader = new TreeReader(repository);
  let reads = 0;
  const counted = { read: (id: Id) => (reads++, reader.read(id)) } as TreeReader;
  const plan = planRestore(counted, root, { maxDepth: 4096, maxEntries: 1000 });
  await expect(plan).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  expect(reads).toBeLessThan(200);
});

test("the staging folder lets nobody else in while it is filled", async () => {
  await using folder = await temporaryFolder();
  const repository = scratchRepository();
  const node = await makeFolder(repository, [
    { name: "a", content: ["1"] },
    { name: "b", content: ["2"] },
  ]);
  const seen = new Set<number>();
  const onProgress = (): void => {
    for (const name of readdirSync(folder.path)) seen.add(lstatSync(folder.at(name)).mode & 0o777);
  };
  await restoreFolders(repository, {
    folders: [{ node, target: folder.at("data") }],
    force: false,
    onProgress,
  });
  expect([...seen]).toEqual([0o700]);
  expect(readFileSync(folder.at("data", "a"), "utf8")).toBe("1");
});
