import { HoldfastError } from "../base/errors.ts";
import type { CallOptions } from "./store.ts";

/**
 * Stands before every effect of a store's call.
 *
 * @throws {HoldfastError} `CANCELLED` when the caller has given up
 */
export function checkCancelled(options: CallOptions | undefined): void {
  if (options?.signal?.aborted === true) throw cancelled();
}

/** What a call throws that was given up. */
export function cancelled(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" });
}
