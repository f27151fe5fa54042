import { type ErrorCode, HoldfastError, isHoldfastError } from "./errors.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint?: string;
}

const DISK_FULL: Meaning = {
  code: "DISK_FULL",
  reason: "no space is left on the disk",
  hint: "make room and try again",
};
const NOT_ALLOWED: Meaning = {
  code: "PERMISSION",
  reason: "this user may not",
  hint: "check who owns the folder, and whether its file system is mounted read-only",
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: DISK_FULL,
  EDQUOT: DISK_FULL,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: { ...NOT_ALLOWED, reason: "the file system is read-only" },
  EMFILE: { code: "FAILED", reason: "too many files are open", hint: "raise the limit with: ulimit -n 4096" },
};

/**
 * What an error of `node:fs` means to a user; a {@link HoldfastError} stays as it is.
 *
 * @param what what could not be done, for example `could not write 'data/x'`
 */
export function fileError(error: unknown, what: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  const name = (error as NodeJS.ErrnoException | null)?.code ?? "";
  const { code, reason, hint } = MEANINGS[name] ?? { code: "FAILED" as const, reason: describe(error) };
  const message = `${what}: ${reason}`;
  return new HoldfastError(
    hint === undefined ? { code, message, cause: error } : { code, message, hint, cause: error },
  );
}

/** Node's own sentence repeats call and path; its code says enough beside `what`. */
function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
