import { expect } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";

/** The call has to say that data is damaged. */
export function expectDamaged(work: () => unknown): void {
  expect(work).toThrow(expect.objectContaining({ name: "HoldfastError", code: "DATA_DAMAGED" }));
}

/** The result of a call, or `null` where it says that data is damaged; any other error is the test's. */
export function unlessDamaged<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return null;
    throw error;
  }
}
