import { randomInt } from "node:crypto";
import { unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const MAX_BASE_LENGTH = 200;
/** Longer than any write takes; clocks of network folders may be off by some minutes. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

/** Beside the target, because a rename works only within one disk; short enough for any name. */
export function temporaryPath(target: string): string {
  return withSuffix(target, randomInt(1, 2 ** 48 - 1));
}

/** Where writers of one name meet; the same for all of them, and hidden as a temporary file is. */
export function claimPath(target: string): string {
  return withSuffix(target, 0);
}

/** Whether whoever made a temporary file is certainly not at work on it any more. */
export function isLeftover(stats: { readonly mtimeMs: number }): boolean {
  return Date.now() - stats.mtimeMs > LEFTOVER_AGE_MS;
}

/** Removes a temporary file. Failing to is no failure: it is hidden, and swept when it is old. */
export async function discard(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => undefined);
}

function withSuffix(target: string, number: number): string {
  return join(dirname(target), `${basename(target).slice(0, MAX_BASE_LENGTH)}-tmp-${number}`);
}
