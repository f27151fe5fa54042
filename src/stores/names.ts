import { HoldfastError } from "../base/errors.ts";

const MAX_NAME_LENGTH = 1024;
/** What file systems allow between two slashes. */
const MAX_SEGMENT_LENGTH = 255;
const ALLOWED = /^[A-Za-z0-9._/-]*$/;
/** How a folder calls a file that is still being written; restic's local backend does the same. */
const TEMPORARY = /-tmp-[0-9]+$/;

/**
 * Checks a name before any effect; every driver calls it first.
 *
 * @throws {HoldfastError} `CONFIG` when the name is not one that {@link Store} allows
 */
export function checkName(name: string): void {
  const problem = problemOf(name);
  if (problem !== null) throw badName(name, problem);
}

/**
 * Checks the prefix of a listing: the beginning of a name, cut anywhere.
 *
 * @returns the folder that holds every match, '' for the top
 * @throws {HoldfastError} `CONFIG` when no name can begin so
 */
export function checkPrefix(prefix: string): string {
  const end = prefix.lastIndexOf("/");
  const folder = prefix.slice(0, Math.max(end, 0));
  const problem = end < 0 ? null : problemOf(folder);
  if (problem !== null) throw badName(prefix, problem);
  if (!ALLOWED.test(prefix)) throw badName(prefix, "has characters that are not allowed");
  if (prefix.length > MAX_NAME_LENGTH) throw badName(prefix, "is too long");
  return folder;
}

/** True when a file of this name may be in a store; what else lies in a folder is not listed. */
export function isName(name: string): boolean {
  return problemOf(name) === null;
}

/** True for the name (or its last segment) of a file that somebody is writing or has left half written. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

function problemOf(name: string): string | null {
  if (name.length === 0) return "is empty";
  if (name.length > MAX_NAME_LENGTH) return "is too long";
  if (!ALLOWED.test(name)) return "has characters that are not allowed";
  for (const segment of name.split("/")) {
    if (segment === "") return "has an empty segment";
    if (segment === "." || segment === "..") return `has a segment '${segment}'`;
    if (segment.length > MAX_SEGMENT_LENGTH) return "has a segment that is too long";
    if (TEMPORARY.test(segment)) return "looks like that of a file being written";
  }
  return null;
}

/** Quoted as JSON, so that no control character of a bad name reaches a terminal. */
function badName(name: string, problem: string): HoldfastError {
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  return new HoldfastError({
    code: "CONFIG",
    message: `the file name ${shown} ${problem}`,
    hint: "names are made of A-Z a-z 0-9 . _ - and single slashes, up to 255 characters between two slashes",
  });
}
