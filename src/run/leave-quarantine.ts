import { isHoldfastError } from "../base/errors.ts";
import { readBase } from "../operations/base-record.ts";
import { delay } from "./delay.ts";
import type { Supervisor } from "./supervisor.ts";

const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

/**
 * Looks whether the store can be reached again, for as long as the signal allows and the quarantine lasts.
 *
 * Where nothing is saved there, or the state descends from what is saved, the quarantine is over.
 *
 * @returns whether there is a saved state that has to take the place of what the app has now
 */
export async function leaveQuarantine(supervisor: Supervisor, signal: AbortSignal): Promise<boolean> {
  const { request, engine, saver, onEvent } = supervisor;
  const { state } = request;
  for (let waitMs = FIRST_MS; saver.quarantined; waitMs = Math.min(LONGEST_MS, waitMs * 2)) {
    await delay(waitMs, signal);
    if (signal.aborted || !saver.quarantined) return false;
    let newest: string | null;
    try {
      newest = await engine.call("newest", { state }, { signal });
    } catch (error) {
      if (!isHoldfastError(error, "NO_REPOSITORY")) continue; // not yet
      newest = null;
    }
    if (!saver.quarantined) return false;
    if (newest !== null && newest !== readBase(state)?.snapshot) return true;
    saver.quarantined = false;
    saver.base = newest === null ? null : { id: newest, time: new Date() };
    saver.schedule.changed();
    onEvent({ kind: "warning", message: "the store is back, and the quarantine over", hint: null });
  }
  return false;
}
