import { expect, test } from "vitest";
import { hasShrunk } from "../../src/operations/shrinkage.ts";

const MIB = 1024 * 1024;

test.each([
  ["empty after something", { files: 1, bytes: 10 }, { files: 0, bytes: 0 }, true],
  ["empty after nothing", { files: 0, bytes: 0 }, { files: 0, bytes: 0 }, false],
  ["less than half of more than 1 MiB", { files: 9, bytes: 2 * MIB }, { files: 9, bytes: MIB - 1 }, true],
  ["just half", { files: 9, bytes: 2 * MIB }, { files: 9, bytes: MIB }, false],
  ["small states may do as they like", { files: 9, bytes: MIB }, { files: 1, bytes: 1 }, false],
  ["growth", { files: 9, bytes: 2 * MIB }, { files: 1, bytes: 9 * MIB }, false],
  ["files without content are a state", { files: 9, bytes: 0 }, { files: 9, bytes: 0 }, false],
])("%s", (_, before, now, expected) => {
  expect(hasShrunk(before, now)).toBe(expected);
});
