import { expect } from "vitest";
import { type ErrorCode, isHoldfastError } from "../../src/base/errors.ts";

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

/** What a promise gives, or `null` where it fails with one of the codes; any other error is the test's. */
export async function unlessFails<Result>(
  result: Promise<Result>,
  ...codes: readonly ErrorCode[]
): Promise<Result | null> {
  try {
    return await result;
  } catch (error) {
    if (isHoldfastError(error, ...codes)) return null;
    throw error;
  }
}
