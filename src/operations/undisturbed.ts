import { setTimeout as sleep } from "node:timers/promises";
import { isHoldfastError } from "../base/errors.ts";
import { BlobIndex } from "../repository/blob-index.ts";
import type { CallOptions } from "../stores/store.ts";
import type { Workplace } from "./open-repository.ts";

/** How often a save is made anew, and how much longer it waits each time. */
const ATTEMPTS = 6;
const RETRY_MS = 500;

/**
 * Makes a save, and makes it anew from what is there now when another writer has removed what it relied on.
 *
 * @param work told whether it is the first attempt
 * @throws {HoldfastError} `CONFLICT` when that happened again and again, and what the work throws
 */
export async function undisturbed<Result>(
  place: Workplace,
  { signal }: CallOptions,
  work: (place: Workplace, isFirst: boolean) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const isFirst = attempt === 1;
    const repository = isFirst ? place.repository : { ...place.repository, index: new BlobIndex() };
    try {
      return await work({ ...place, repository }, isFirst);
    } catch (error) {
      const mayPass = isHoldfastError(error, "CONFLICT") || (!isFirst && isHoldfastError(error, "LOCKED"));
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await sleep(RETRY_MS * attempt, undefined, { signal });
    }
  }
}
