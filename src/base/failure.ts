import { type ErrorCode, HoldfastError, isHoldfastError } from "./errors.ts";

/** An error as plain data: its class and its fields would be lost between threads and processes. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** Stack of the original, for people who look for the cause. */
  readonly detail: string;
}

/** An error on its way out of a thread or a process. */
export function toFailure(error: unknown): Failure {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (isHoldfastError(error)) return { code: error.code, message: error.message, hint: error.hint, detail };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "FAILED", message, hint: null, detail };
}

/** The error that {@link toFailure} was given, as far as it matters. */
export function fromFailure(failure: Failure): HoldfastError {
  const { code, message, hint } = failure;
  const cause = new Error(failure.detail);
  return new HoldfastError(hint === null ? { code, message, cause } : { code, message, hint, cause });
}
