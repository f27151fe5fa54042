import { expect } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";

/** The call has to refuse a cookie file with this message. */
export function expectCookieFile(work: () => unknown, message: RegExp | string): void {
  expect(work).toThrow(
    expect.objectContaining({
      name: "HoldfastError",
      code: "COOKIE_FILE",
      message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
    }),
  );
}

/** The result of a call, or `null` where it refuses a cookie file; any other error is the test's. */
export function unlessRefused<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (isHoldfastError(error, "COOKIE_FILE")) return null;
    throw error;
  }
}
