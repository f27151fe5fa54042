import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { SaveRequest, SaveResult } from "../operations/save.ts";
import type { Engine } from "./engine.ts";
import type { RunEvent, SaveReason } from "./events.ts";
import { SaveSchedule } from "./saver.ts";
import type { LastSave, RunStatus } from "./status.ts";

/** A snapshot that was made before a login was finished: whoever restores it starts in login mode again. */
export const UNFINISHED_LOGIN_TAG = "login-unfinished";

/** A state that had shrunk and has lived so long is meant to be so. */
const SHRUNK_LIFE_MS = 3_600_000;

/** How saves of a run are made. */
export interface StateSaverOptions {
  readonly engine: Engine;
  readonly state: readonly string[];
  readonly saving: Omit<SaveRequest, "state" | "onProgress">;
  readonly intervalMs: number;
  readonly now: () => Date;
  readonly onEvent: (event: RunEvent) => void;
}

/** What a save may be told. */
export interface SaveCircumstances {
  readonly signal?: AbortSignal | undefined;
  /** The group of the app, when it runs. */
  readonly processGroup?: number | undefined;
  /** Tags beside the usual ones. */
  readonly tags?: readonly string[] | undefined;
  /** Save even if nothing has changed. */
  readonly always?: boolean | undefined;
}

/**
 * Saves the state of a run, and knows what it descends from: whether a save may become the good state, or
 * has to stand beside it.
 */
export class StateSaver {
  readonly schedule: SaveSchedule;
  readonly #options: StateSaverOptions;
  /** The snapshot that the state descends from; `null` for none. */
  base: RunStatus["snapshot"] = null;
  /** What is saved cannot replace the good state, which was not reached before the app started. */
  quarantined = false;
  /** Another instance has taken over. */
  handedOver = false;
  /** A login is under way. */
  loginUnfinished = false;
  lastSave: LastSave | null = null;
  counts: RunStatus["saves"] = {
    done: 0,
    unchanged: 0,
    failed: 0,
    failingSince: null,
    storedBytes: 0,
    pausedMs: 0,
  };
  /** Ends with the save that was asked for last. */
  #last: Promise<unknown> = Promise.resolve();
  /** Since when the state is much smaller than the good one, monotonic; `null` when it is not. */
  #shrunkSinceMs: number | null = null;

  constructor(options: StateSaverOptions) {
    this.#options = options;
    const { intervalMs } = options;
    // not the clock on the wall, which may jump
    this.schedule = new SaveSchedule({ intervalMs, now: () => performance.now() });
  }

  /**
   * Saves the state now, or after the save that is under way: only then is it known what it descends from.
   *
   * @throws {HoldfastError} what `save` throws; it is told and counted before
   */
  save(reason: SaveReason, circumstances: SaveCircumstances = {}): Promise<SaveResult> {
    const save = this.#last.then(() => this.#save(reason, circumstances));
    this.#last = save.catch(() => undefined);
    return save;
  }

  async #save(reason: SaveReason, circumstances: SaveCircumstances): Promise<SaveResult> {
    const { engine, onEvent } = this.#options;
    const isAsked = reason !== "changed";
    this.schedule.begins();
    try {
      const request = this.#request(reason, circumstances);
      const result = await engine.call("save", request, circumstances);
      this.#note(reason, result, request.beside !== undefined);
      const waitMs = result.next_save_at === null ? 0 : Date.parse(result.next_save_at) - Date.now();
      this.schedule.succeeded(performance.now() + waitMs);
      onEvent({ kind: result.unchanged ? "unchanged" : "saved", reason, result });
      return result;
    } catch (error) {
      const failure = toError(error);
      const { failed, failingSince } = this.counts;
      const wasCancelled = isHoldfastError(failure, "CANCELLED") && !isAsked;
      this.schedule.failed();
      if (wasCancelled) throw failure; // the app is being stopped, and the last save is still to come
      this.counts = { ...this.counts, failed: failed + 1, failingSince: failingSince ?? this.#options.now() };
      onEvent({ kind: "save-failed", reason, error: failure });
      throw failure;
    }
  }

  #request(
    reason: SaveReason,
    { processGroup, always = false, tags: further = [] }: SaveCircumstances,
  ): SaveRequest {
    const { state, saving } = this.#options;
    const isAdopted = reason === "adopted";
    const hasLived =
      this.#shrunkSinceMs !== null && performance.now() - this.#shrunkSinceMs >= SHRUNK_LIFE_MS;
    const unfinished = this.loginUnfinished ? [UNFINISHED_LOGIN_TAG] : [];
    const tags = [...new Set([...(saving.tags ?? []), ...further, ...unfinished])];
    return {
      ...saving,
      state,
      tags,
      processGroup,
      unlessUnchanged: !always && !isAdopted && !hasLived,
      allowShrink: isAdopted || hasLived,
      ...(isAdopted ? {} : this.#descent()),
    };
  }

  /** Where a save belongs that nobody has called the good one. */
  #descent(): Pick<SaveRequest, "base" | "beside"> {
    if (this.quarantined) return { beside: "quarantine" };
    const base = this.base?.id ?? null;
    // even if the other instance has not saved yet: what it saves must not become the fork
    return this.handedOver ? { base, beside: "fork" } : { base };
  }

  #note(reason: SaveReason, result: SaveResult, isBeside: boolean): void {
    const time = this.#options.now();
    const { done, unchanged, storedBytes, pausedMs } = this.counts;
    this.counts = {
      ...this.counts,
      done: done + (result.unchanged ? 0 : 1),
      unchanged: unchanged + (result.unchanged ? 1 : 0),
      failingSince: null,
      storedBytes: storedBytes + result.bytes.stored,
      pausedMs: pausedMs + result.paused_ms,
    };
    if (reason === "adopted") this.quarantined = false;
    this.#shrunkSinceMs = result.shrunk ? (this.#shrunkSinceMs ?? performance.now()) : null;
    if (result.unchanged) return;
    if (!result.shrunk && !isBeside) this.base = { id: result.snapshot, time };
    this.lastSave = {
      snapshot: result.snapshot,
      time,
      seconds: result.seconds,
      stored: result.bytes.stored,
      state: result.bytes.state,
      pausedMs: result.paused_ms,
    };
  }
}

function toError(error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  return new HoldfastError({ code: "FAILED", message: "could not save", cause: error });
}
