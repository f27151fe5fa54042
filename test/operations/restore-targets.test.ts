import { expect, test } from "vitest";
import { chooseTargets } from "../../src/operations/restore-targets.ts";
import type { SavedFolder } from "../../src/operations/saved-folders.ts";
import { madeNode } from "../restore/made-snapshot.ts";

const saved = (...paths: readonly string[]): SavedFolder[] =>
  paths.map((path) => ({ path, node: madeNode({ type: "dir" }) }));

const ROWS: readonly (readonly [string, string[], string[], string | null, string[]])[] = [
  ["the same path", ["/app/data"], ["/other", "/app/data"], null, ["/app/data"]],
  ["one to one", ["/home/me/data"], ["/app/state"], null, ["/app/state"]],
  ["by name", ["/a/x", "/a/y"], ["/b/y", "/b/x"], null, ["/b/x", "/b/y"]],
  ["one of several, by name", ["/a/x"], ["/b/y", "/b/x"], null, ["/b/x"]],
  ["one to a place", ["/a/x"], ["/b"], "/to", ["/to"]],
  ["several to a place", ["/a/x", "/b/y"], ["/b"], "/to", ["/to/x", "/to/y"]],
  ["several of one name to a place", ["/a/x", "/b/x"], ["/b"], "/to", ["/to/a/x", "/to/b/x"]],
  ["the root", ["/"], ["/state"], null, ["/state"]],
];

test.each(ROWS)("%s", (_, paths, state, to, targets) => {
  expect(chooseTargets(saved(...paths), state, to).map(({ target }) => target)).toEqual(targets);
});

test.each([
  ["several to one", ["/a/x", "/a/y"], ["/state"]],
  ["one to none of several", ["/a/x"], ["/b/y", "/b/z"]],
  ["two of one name", ["/a/x", "/b/x"], ["/c/x"]],
  ["two of one name, one of them at its place", ["/a/x", "/c/x"], ["/c/x"]],
  ["a name that two folders have", ["/a/x"], ["/b/x", "/c/x"]],
])("%s has no answer", (_, paths, state) => {
  expect(() => chooseTargets(saved(...paths), state, null)).toThrow(
    expect.objectContaining({ code: "CONFIG", hint: expect.stringContaining("--to") as string }),
  );
});
