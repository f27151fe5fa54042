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
