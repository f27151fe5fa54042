import { expect, test } from "vitest";
import { SHRUNK_TAG } from "../../src/operations/beside.ts";
import { newestSnapshot } from "../../src/operations/newest-snapshot.ts";
import { testSnapshot } from "./test-snapshot.ts";

const older = testSnapshot({ timeNs: 1n, paths: ["/a", "/b"], hostname: "one" });
const newer = testSnapshot({ timeNs: 2n, paths: ["/b", "/a"], hostname: "two" });
const other = testSnapshot({ timeNs: 3n, paths: ["/a"] });
const shrunk = testSnapshot({ timeNs: 4n, paths: ["/a", "/b"], tags: ["nightly", SHRUNK_TAG] });

test("the newest of the same folders, in any order and from any host", () => {
  expect(newestSnapshot([older, newer, other], ["/a", "/b"])).toBe(newer);
  expect(newestSnapshot([older, newer, other], ["/a"])).toBe(other);
});

test("fewer or more folders are not the same", () => {
  expect(newestSnapshot([older, newer], ["/a"])).toBeNull();
  expect(newestSnapshot([other], ["/a", "/b"])).toBeNull();
});

test("of any folders, when none are named", () => {
  expect(newestSnapshot([older, newer, other], null)).toBe(other);
});

test("never a shrunken one", () => {
  expect(newestSnapshot([older, shrunk], ["/a", "/b"])).toBe(older);
  expect(newestSnapshot([shrunk], null)).toBeNull();
});
