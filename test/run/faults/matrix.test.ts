import { expect, test } from "vitest";
import { FAULTS, tableRows } from "./matrix.ts";

test("docs/run-faults.md has a row for each fault, in order, and nothing that was saved is lost in any", () => {
  expect(tableRows().map(([fault]) => fault)).toEqual(FAULTS);
  expect(tableRows().filter(([, , , lost]) => lost !== "nothing")).toEqual([]);
});
