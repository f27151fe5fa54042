import { expect, test } from "vitest";
import { savedFolders } from "../../src/operations/saved-folders.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { TreeReader } from "../../src/repository/tree-reader.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { type MadeEntry, makeFolder } from "../restore/made-snapshot.ts";
import { testSnapshot } from "./test-snapshot.ts";

/** Nested folders as text: `a{b,c{d}}`. */
function entries(text: string): MadeEntry[] {
  const stack: MadeEntry[][] = [[]];
  for (const [, name, brace] of text.matchAll(/([a-z.]*)([{},]|$)/g)) {
    const inner: MadeEntry[] = [];
    if (name !== "") stack.at(-1)?.push({ name: name ?? "", entries: inner });
    if (brace === "{") stack.push(inner);
    if (brace === "}") stack.pop();
  }
  return stack[0] ?? [];
}

/** What each path is found to be: the names of its entries, or `null`. */
async function found(tree: string, ...paths: string[]): Promise<Record<string, string> | null> {
  const repository: Repository = scratchRepository();
  const { subtree } = await makeFolder(repository, entries(tree));
  if (subtree === null) throw new Error("a folder has a tree");
  const trees = new TreeReader(repository);
  const folders = await savedFolders(trees, testSnapshot({ tree: subtree, paths }));
  if (folders === null) return null;
  const names: Record<string, string> = {};
  for (const { path, node } of folders) {
    const nodes = node.subtree === null ? [] : await trees.read(node.subtree);
    names[path] = nodes.map(({ name }) => name).join(",");
  }
  return names;
}

test("a path is found by its components", async () => {
  expect(await found("app{data{x,y}}", "/app/data")).toEqual({ "/app/data": "x,y" });
  expect(await found("app{data{x}},home{me{y}}", "/home/me", "/app/data")).toEqual({
    "/app/data": "x",
    "/home/me": "y",
  });
});

test("a tree that restic made from relative arguments holds the ends of the paths", async () => {
  expect(await found("data{x,y}", "/app/data")).toEqual({ "/app/data": "x,y" });
  expect(await found("b{c{x}}", "/a/b/c")).toEqual({ "/a/b/c": "x" });
  expect(await found("x{p},y{q}", "/a/x", "/a/y")).toEqual({ "/a/x": "p", "/a/y": "q" });
});

test("a tree that restic made from '.' is the folder itself, whatever it is called", async () => {
  expect(await found("x,y", "/app/data")).toEqual({ "/app/data": "x,y" });
  expect(await found("app{data{x}},other", "/app/data")).toEqual({ "/app/data": "app,other" });
  expect(await found("data{x},other", "/app/data")).toEqual({ "/app/data": "data,other" });
  expect(await found("x,y", "/")).toEqual({ "/": "x,y" });
});

test("a tree of several paths that shows none of them is nobody's", async () => {
  expect(await found("p,q", "/a/x", "/a/y")).toBeNull();
});
