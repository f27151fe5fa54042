/** The stable names of what can go wrong; scripts may branch on them. */
export type ErrorCode =
  | "FAILED"
  | "CANCELLED"
  | "DISK_FULL"
  | "PERMISSION"
  | "CONFIG"
  | "TARGET_NOT_EMPTY"
  | "NO_SNAPSHOT"
  | "NO_REPOSITORY"
  | "STORE_UNREACHABLE"
  | "STORE_AUTH"
  | "STORE_PUBLIC"
  | "STORE_READ_ONLY"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "WRONG_PASSWORD"
  | "DATA_DAMAGED"
  | "UNSAFE_PATH"
  | "LOCKED"
  | "CONFLICT"
  | "NOT_FROZEN"
  | "COOKIE_FILE"
  | "PROFILE_IN_USE"
  | "PROFILE_UNSUPPORTED"
  | "PROFILE_DAMAGED"
  | "COOKIE_ENCRYPTED"
  | "BROWSER_UNREACHABLE"
  | "LOGGED_OUT";

/** What follows from an error code. */
export interface ErrorTraits {
  /** Exit status of the command line (the command contract). */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retry: boolean;
}

/** One row a code: the exit status, and whether waiting and trying again can help. */
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorTraits>> = {
  FAILED: { exit: 1, retry: false },
  CANCELLED: { exit: 1, retry: false },
  DISK_FULL: { exit: 1, retry: false },
  PERMISSION: { exit: 1, retry: false },
  CONFIG: { exit: 2, retry: false },
  TARGET_NOT_EMPTY: { exit: 2, retry: false },
  NO_SNAPSHOT: { exit: 3, retry: false },
  NO_REPOSITORY: { exit: 3, retry: false },
  STORE_UNREACHABLE: { exit: 4, retry: true },
  STORE_AUTH: { exit: 4, retry: false },
  STORE_PUBLIC: { exit: 4, retry: false },
  STORE_READ_ONLY: { exit: 4, retry: false },
  NOT_FOUND: { exit: 4, retry: false },
  ALREADY_EXISTS: { exit: 4, retry: false },
  WRONG_PASSWORD: { exit: 2, retry: false },
  DATA_DAMAGED: { exit: 5, retry: false },
  UNSAFE_PATH: { exit: 5, retry: false },
  LOCKED: { exit: 6, retry: true },
  CONFLICT: { exit: 6, retry: false },
  NOT_FROZEN: { exit: 1, retry: true },
  COOKIE_FILE: { exit: 2, retry: false },
  PROFILE_IN_USE: { exit: 6, retry: true },
  PROFILE_UNSUPPORTED: { exit: 1, retry: false },
  PROFILE_DAMAGED: { exit: 5, retry: false },
  COOKIE_ENCRYPTED: { exit: 1, retry: false },
  BROWSER_UNREACHABLE: { exit: 1, retry: true },
  LOGGED_OUT: { exit: 3, retry: false },
};

/** What a {@link HoldfastError} is made of. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  /** What happened, one sentence, lower case, no full stop, never a secret. */
  readonly message: string;
  /** What the reader can do next, same form. */
  readonly hint?: string;
  /** The original error. */
  readonly cause?: unknown;
}

/**
 * The only error that leaves the public interface.
 *
 * @example
 * ```ts
 * throw new HoldfastError({
 *   code: "NO_SNAPSHOT",
 *   message: "nothing is saved in ./.holdfast yet",
 *   hint: "save a first time with: holdfast save",
 * });
 * ```
 */
export class HoldfastError extends Error {
  override readonly name = "HoldfastError";
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint ?? null;
  }

  /** The exit status that the command line ends with. */
  get exit(): number {
    return ERROR_CODES[this.code].exit;
  }

  /** Whether the same call may succeed later. */
  get retry(): boolean {
    return ERROR_CODES[this.code].retry;
  }

  /** The shape that `--json` prints. */
  toJSON(): { error: { code: ErrorCode; message: string; hint: string | null } } {
    return { error: { code: this.code, message: this.message, hint: this.hint } };
  }
}

/** True when `error` is a {@link HoldfastError} with one of the codes (any code when none is named). */
export function isHoldfastError(error: unknown, ...codes: ErrorCode[]): error is HoldfastError {
  return error instanceof HoldfastError && (codes.length === 0 || codes.includes(error.code));
}
