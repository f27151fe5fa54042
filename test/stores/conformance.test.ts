import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import { CONFORMANCE_CASES } from "../../src/stores/conformance.ts";
import { BROKEN_CANCELLING } from "./broken/cancelling.ts";
import { BROKEN_CREATING } from "./broken/creating.ts";
import { BROKEN_DEFERRING } from "./broken/deferring.ts";
import { BROKEN_LISTING } from "./broken/listing.ts";
import { BROKEN_NAMING } from "./broken/naming.ts";
import { BROKEN_READING } from "./broken/reading.ts";
import { BROKEN_REMOVING } from "./broken/removing.ts";
import { BROKEN_WRITING } from "./broken/writing.ts";

const BROKEN = {
  ...BROKEN_READING,
  ...BROKEN_WRITING,
  ...BROKEN_CREATING,
  ...BROKEN_DEFERRING,
  ...BROKEN_LISTING,
  ...BROKEN_REMOVING,
  ...BROKEN_NAMING,
  ...BROKEN_CANCELLING,
};

it("has a broken store for every conformance case, and no case twice", () => {
  expect(CONFORMANCE_CASES.map(({ name }) => name).sort()).toEqual(Object.keys(BROKEN).sort());
});

describe("a store is caught that breaks the promise", () => {
  for (const { name, run } of CONFORMANCE_CASES) {
    it(name, async () => {
      const open = BROKEN[name];
      if (open === undefined) throw new Error("no broken store for this case");
      // not, for example, a TypeError, which would be a mistake of the broken store itself
      await expect(run(open())).rejects.toSatisfy(
        (error) => isHoldfastError(error) || error instanceof AssertionError,
      );
    });
  }
});
