import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { fileError } from "../../base/file-error.ts";

/** Primary result codes of SQLite. */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/**
 * What an error of SQLite or of `node:fs` means for the database at `path`; a {@link HoldfastError}
 * stays as it is.
 */
export function databaseError(error: unknown, path: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  const extended = (error as { errcode?: unknown } | null)?.errcode;
  switch (typeof extended === "number" ? extended & 0xff : 0) {
    case BUSY:
    case LOCKED:
      return profileInUse(path, error);
    case CORRUPT:
    case NOT_A_DATABASE:
      return profileDamaged(path, "it is no whole SQLite database", error);
    case FULL:
      return fileError(
        Object.assign(new Error("database is full"), { code: "ENOSPC" }),
        `could not write '${path}'`,
      );
    default:
      return fileError(error, `could not use '${path}'`);
  }
}

/** A browser has `path` open. */
export function profileInUse(path: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "PROFILE_IN_USE",
    message: `a running browser uses '${path}'`,
    hint: "close the browser first, or use --connect to talk to it while it runs",
    cause,
  });
}

/** What is in `path` cannot be relied on. */
export function profileDamaged(path: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "PROFILE_DAMAGED",
    message: `'${path}' is damaged: ${reason}`,
    hint: "restore an older snapshot of the profile, or log in again",
    cause,
  });
}

/** `path` was made by a browser that we do not know. */
export function profileUnsupported(path: string, reason: string): HoldfastError {
  return new HoldfastError({
    code: "PROFILE_UNSUPPORTED",
    message: `the layout of '${path}' is not known: ${reason}`,
    hint: "look for a newer version of holdfast, or use --connect to talk to the running browser",
  });
}
