import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import { type ByteString, fromText, toPath } from "../../src/base/byte-string.ts";
import { LongPaths } from "../../src/base/long-path.ts";
import { removeTree } from "../../src/base/remove-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function makeDeep(paths: LongPaths, root: string, lengthBytes: number): ByteString {
  let path = fromText(root);
  while (path.length < lengthBytes) {
    path = `${path}/${"n".repeat(180)}` as ByteString;
    mkdirSync(toPath(paths.reach(path)));
  }
  return path;
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

test.each([4_095, 4_096, 4_300, 20_000])("a file %i bytes deep is written and read", async (lengthBytes) => {
  await using folder = await temporaryFolder();
  const before = openDescriptors();
  {
    using paths = new LongPaths();
    const deep = makeDeep(paths, folder.path, lengthBytes - 190);
    const file = `${deep}/${"f".repeat(lengthBytes - deep.length - 1)}` as ByteString;
    expect(file.length).toBe(lengthBytes);
    writeFileSync(toPath(paths.reach(file)), "deep");
    expect(readFileSync(toPath(paths.reach(file)), "utf8")).toBe("deep");
  }
  expect(openDescriptors()).toBe(before);
});

test("few folders are held open, however many were needed", async () => {
  await using folder = await temporaryFolder();
  using paths = new LongPaths();
  const before = openDescriptors();
  makeDeep(paths, folder.path, 200_000);
  expect(openDescriptors() - before).toBeLessThanOrEqual(32);
});

test("a short path stays as it is", () => {
  using paths = new LongPaths();
  expect(paths.reach(fromText("/a/b"))).toBe("/a/b");
});

test("a tree goes away whatever is in it, and nothing that its links point to", async () => {
  await using folder = await temporaryFolder();
  using paths = new LongPaths();
  writeFileSync(folder.at("kept"), "kept");
  mkdirSync(folder.at("tree", "empty"), { recursive: true });
  mkdirSync(folder.at("tree", "read-only"));
  writeFileSync(folder.at("tree", "read-only", "file"), "");
  symlinkSync(folder.path, folder.at("tree", "up"));
  symlinkSync("nowhere", folder.at("tree", "dangling"));
  closeSync(openSync(Buffer.concat([Buffer.from(folder.at("tree") + "/"), Buffer.from([0xff, 0xfe])]), "w"));
  makeDeep(paths, folder.at("tree"), 12_000);
  for (let i = 0; i < 1_100; i++) writeFileSync(folder.at("tree", `file-${i}`), "");

  await removeTree(fromText(folder.at("tree")));
  expect(readdirSync(folder.path)).toEqual(["kept"]);
});

test("a file, a link, and nothing at all can be removed", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("kept"));
  writeFileSync(folder.at("file"), "");
  symlinkSync("kept", folder.at("link"));
  for (const name of ["file", "link", "nothing"]) await removeTree(fromText(folder.at(name)));
  expect(readdirSync(folder.path)).toEqual(["kept"]);
  expect(existsSync(folder.at("kept"))).toBe(true);
});
