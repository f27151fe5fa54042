import { type ErrorCode, HoldfastError } from "../../base/errors.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint?: string;
}

const FULL_HINT = "make room there, or name another store with --store";
const WRITABLE_HINT = "make the folder writable for this user, or name another store with --store";

const FULL: Meaning = { code: "DISK_FULL", reason: "the disk is full", hint: FULL_HINT };
const QUOTA: Meaning = { code: "DISK_FULL", reason: "the quota of this user is used up", hint: FULL_HINT };
const READ_ONLY: Meaning = { code: "STORE_READ_ONLY", reason: "the disk is read-only", hint: WRITABLE_HINT };
const NOT_WRITABLE: Meaning = { code: "STORE_READ_ONLY", reason: "permission denied", hint: WRITABLE_HINT };
const NOT_READABLE: Meaning = {
  code: "STORE_AUTH",
  reason: "permission denied",
  hint: "run as the user who owns the folder, or let this user read it",
};
const IN_THE_WAY: Meaning = {
  code: "CONFIG",
  reason: "a file is where a folder should be",
  hint: "name a folder with --store",
};
const FOLDER_IN_THE_WAY: Meaning = { code: "CONFIG", reason: "a folder is where a file should be" };
const LINK_LOOP: Meaning = { code: "CONFIG", reason: "too many symbolic links" };
const TOO_LONG: Meaning = {
  code: "CONFIG",
  reason: "the path is too long",
  hint: "name a folder with a shorter path",
};

/** What a system error means when a store's folder is written to, or is read. */
const MEANINGS: Readonly<Record<"read" | "write", Readonly<Record<string, Meaning>>>> = {
  read: {
    EACCES: NOT_READABLE,
    EPERM: NOT_READABLE,
    ENOTDIR: IN_THE_WAY,
    ELOOP: LINK_LOOP,
    ENAMETOOLONG: TOO_LONG,
  },
  write: {
    ENOSPC: FULL,
    EDQUOT: QUOTA,
    EROFS: READ_ONLY,
    EACCES: NOT_WRITABLE,
    EPERM: NOT_WRITABLE,
    ENOTDIR: IN_THE_WAY,
    EISDIR: FOLDER_IN_THE_WAY,
    ELOOP: LINK_LOOP,
    ENAMETOOLONG: TOO_LONG,
  },
};

/** What passes: a network folder that is away for a moment, or too many open files. */
const PASSING: ReadonlySet<string> = new Set([
  "EAGAIN",
  "EBUSY",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOTCONN",
  "ESTALE",
  "ETIMEDOUT",
]);

/**
 * The error of a folder's call, from what `node:fs` threw.
 *
 * @param action what failed, for example `write config to ./store`
 */
export function localError(error: unknown, kind: "read" | "write", action: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const systemCode = systemCodeOf(error) ?? "an unknown error";
  const meaning = MEANINGS[kind][systemCode] ?? {
    code: PASSING.has(systemCode) ? "STORE_UNREACHABLE" : "FAILED",
    reason: systemCode,
  };
  const { code, reason, hint } = meaning;
  return new HoldfastError({
    code,
    message: `cannot ${action}: ${reason}`,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** For example `ENOENT`; `null` when the error is not one of the system. */
export function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
