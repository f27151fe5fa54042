import { setTimeout } from "node:timers/promises";
import { checkCancelled } from "./cancelled.ts";
import type { RetryOptions } from "./retry.ts";
import type { CallOptions } from "./store.ts";

/**
 * Waits, in milliseconds.
 *
 * @param sleep what waits in a test; it rejects when the signal is aborted
 * @throws {HoldfastError} `CANCELLED`
 */
export async function waitFor(
  delayMs: number,
  options: CallOptions | undefined,
  sleep: RetryOptions["sleep"],
): Promise<void> {
  checkCancelled(options);
  const signal = options?.signal;
  try {
    if (sleep === undefined) await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal });
    else await sleep(delayMs, signal);
  } finally {
    checkCancelled(options);
  }
}

/**
 * How long to wait after the nth failure: a random part of a time that doubles up to a limit, so that many that
 * failed together do not come back together. Milliseconds.
 */
export function backOffMs(
  failures: number,
  { firstDelayMs, maxDelayMs, random = Math.random }: BackOff,
): number {
  return random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1));
}

/** The limits of {@link backOffMs}, as in {@link RetryOptions}. */
export interface BackOff extends Pick<RetryOptions, "random"> {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}
