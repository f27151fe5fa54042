import type { SaveResult } from "../operations/save.ts";

/** A promise for the end of a login that nobody has to wait for. */
export function newSettled(): PromiseWithResolvers<SaveResult> {
  const settled = Promise.withResolvers<SaveResult>();
  settled.promise.catch(() => undefined);
  return settled;
}
