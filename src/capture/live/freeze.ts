import { setTimeout } from "node:timers/promises";
import type { ByteString } from "../../base/byte-string.ts";
import { HoldfastError } from "../../base/errors.ts";
import { nowNs } from "../../repository/go-time.ts";
import type { FolderView } from "../folder-view.ts";
import type { SaveContext } from "../save-context.ts";
import { FreezeFailure } from "./freeze-failure.ts";
import { findMappedFiles, findMembers, type Members, type WhomToStop } from "./members.ts";
import { whileStopped } from "./pause.ts";
import { frozenView, type Scan, Scanner, type StateRoot } from "./scan.ts";
import { Staging } from "./staging.ts";
import { Watchdog } from "./watchdog.ts";

/** When to stop the app for a moment: if it can be done, or else not save at all, or not to try. */
export type FreezeMode = "auto" | "always" | "never";

/** How long an app may stand still, when nobody says another time. */
export const DEFAULT_MAX_PAUSE_MS = 500;

/** How {@link freeze} is to see one instant. */
export interface FreezeOptions {
  readonly mode: FreezeMode;
  /** A pause that lasts longer is given up, and tried again later. */
  readonly maxPauseMs: number;
  /** A process group that belongs to the app. */
  readonly processGroup?: number | undefined;
  /** Further processes that belong to the app. */
  readonly processes?: readonly number[] | undefined;
}

/**
 * How a state was seen: `stopped`: at one instant, for which the app stood still; `still`: nothing changed
 * meanwhile, or no process had the state open; `off`: nobody was to be stopped; `given-up`: it could not be
 * done, and files may be of different moments.
 */
export type FreezeOutcome = "stopped" | "still" | "off" | "given-up";

/** What {@link freeze} did. */
export interface FreezeReport {
  readonly outcome: FreezeOutcome;
  /** Of all attempts together. */
  readonly pausedMs: number;
  /** Processes that stood still. */
  readonly processes: number;
  /** How often they were stopped. */
  readonly attempts: number;
  /** Why it was given up, for people. */
  readonly reason: string | null;
}

/** Where nobody was to be stopped. */
export const NOT_STOPPED: FreezeReport = {
  outcome: "off",
  pausedMs: 0,
  processes: 0,
  attempts: 0,
  reason: null,
};

/** A view of the state, to be ended when the snapshot is made. */
export interface Frozen extends AsyncDisposable {
  readonly view: FolderView;
  readonly report: FreezeReport;
}

const MAX_ATTEMPTS = 3;
/** A process that waits for the disk stops only when that has answered: so long, the others wait for it. */
const SOON_MS = 12;
/** How often that is tried again a moment later, before it has to be waited for. */
const MAX_BUSY = 2;
const BUSY_DELAY_MS = 20;
const FIRST_DELAY_MS = 200;
/** Looks while the app runs, so that little is left for the pause. */
const MAX_RUNNING_LOOKS = 3;
/** So few changes are copied during the pause. */
const FEW_CHANGES = 50;

/**
 * A view of the state at one instant: copies what changed while the app runs, stops it, copies what
 * changed since, and lets it go on. What the parent snapshot has is not copied. Where no process has the
 * state open, and where nothing changes between two looks, nobody is stopped.
 *
 * @param live the view that goes with the time, for where there is no need for another one
 * @throws {HoldfastError} in mode `always`: `NOT_FROZEN` or `DISK_FULL`; `CANCELLED`; what the store throws
 */
export async function freeze(
  context: SaveContext,
  roots: readonly StateRoot[],
  live: FolderView,
  options: FreezeOptions,
): Promise<Frozen> {
  const { mode, processGroup, processes = [] } = options;
  if (mode === "never") return asItIs(live, "off");
  const whom = { folders: roots.map(({ folder }) => folder.absolute), processGroup, processes, spared: null };
  if (findMembers(whom).processes.size === 0) return asItIs(live, "still");
  const attempt = new Freezer(context, roots, live, options, whom);
  try {
    return await attempt.run();
  } catch (error) {
    await attempt[Symbol.asyncDispose]();
    if (!(error instanceof FreezeFailure)) throw error;
    if (mode === "always") throw notFrozen(error);
    return asItIs(live, "given-up", { ...attempt.counts, reason: error.message });
  }
}

/** One call of {@link freeze} that found somebody to stop. */
class Freezer implements AsyncDisposable {
  readonly counts = { pausedMs: 0, processes: 0, attempts: 0 };
  readonly #options: FreezeOptions;
  readonly #whom: WhomToStop;
  readonly #live: FolderView;
  readonly #staging: Staging;
  readonly #scanner: Scanner;
  /** Starts while there is other work. */
  readonly #watchdog = Watchdog.start();
  /** Files that were ever found to be written through memory. */
  readonly #mapped = new Set<ByteString>();
  readonly #check = (): void => this.#context.signal?.throwIfAborted();
  readonly #context: SaveContext;

  constructor(
    context: SaveContext,
    roots: readonly StateRoot[],
    live: FolderView,
    options: FreezeOptions,
    whom: WhomToStop,
  ) {
    this.#context = context;
    this.#options = options;
    this.#live = live;
    this.#whom = whom;
    this.#watchdog.catch(() => undefined); // waited for when somebody is to be stopped, and not before
    this.#staging = new Staging(whom.folders[0] ?? ("" as ByteString));
    this.#scanner = new Scanner(context, roots, this.#staging);
  }

  async run(): Promise<Frozen> {
    this.#findMembers(null);
    const mayBeStill = this.#options.mode === "auto";
    let timeNs = nowNs();
    let scan = await this.#scanner.first(this.#live, this.#mapped);
    for (let number = 1; ; number += 1) {
      for (let look = 0; look < MAX_RUNNING_LOOKS; look += 1) {
        // What one look finds as the other left it was so at every moment between the two.
        if (mayBeStill && scan.changed === 0) return this.#frozen(scan, timeNs, "still");
        if (look > 0 && scan.changed < FEW_CHANGES) break;
        timeNs = nowNs();
        scan = this.#scanner.next(scan, { isStopped: false, mapped: this.#mapped, check: this.#check });
      }
      try {
        return await this.#stopSoon(scan, await this.#watchdog);
      } catch (error) {
        const mayPass = error instanceof FreezeFailure && error.obstacle === "too-long";
        if (!mayPass || number === MAX_ATTEMPTS) throw error;
        await setTimeout(FIRST_DELAY_MS * 4 ** (number - 1), undefined, { signal: this.#context.signal });
      }
    }
  }

  async #stopSoon(scan: Scan, watchdog: Watchdog): Promise<Frozen> {
    for (let busy = 0; ; busy += 1) {
      try {
        return this.#stop(scan, watchdog, busy < MAX_BUSY ? SOON_MS : Infinity);
      } catch (error) {
        if (!(error instanceof FreezeFailure) || error.obstacle !== "busy") throw error;
        await setTimeout(BUSY_DELAY_MS, undefined, { signal: this.#context.signal });
      }
    }
  }

  #stop(scan: Scan, watchdog: Watchdog, maxStopMs: number): Frozen {
    const members = this.#findMembers(watchdog.pid);
    this.#staging.flush();
    this.counts.attempts += 1;
    const { maxPauseMs } = this.#options;
    const onEnd = (pausedMs: number): void => void (this.counts.pausedMs += pausedMs);
    const { result, processes } = whileStopped(
      { members, watchdog, maxPauseMs, maxStopMs, onEnd },
      (check) => {
        const timeNs = nowNs();
        return {
          scan: this.#scanner.next(scan, { isStopped: true, mapped: this.#mapped, check }),
          timeNs,
        };
      },
    );
    this.counts.processes = processes;
    return this.#frozen(result.scan, result.timeNs, processes > 0 ? "stopped" : "still");
  }

  #findMembers(spared: number | null): Members {
    const members = findMembers({ ...this.#whom, spared });
    const mapped = findMappedFiles(members.processes.keys(), this.#whom.folders);
    for (const path of mapped) this.#mapped.add(path);
    return members;
  }

  #frozen(scan: Scan, timeNs: bigint, outcome: FreezeOutcome): Frozen {
    this.#staging.finish();
    return {
      view: frozenView(scan, timeNs),
      report: { ...this.counts, outcome, reason: null },
      [Symbol.asyncDispose]: () => this[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#staging[Symbol.dispose]();
    // One that could not be started needs no end.
    await this.#watchdog.then((watchdog) => watchdog[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

function asItIs(view: FolderView, outcome: FreezeOutcome, more: Partial<FreezeReport> = {}): Frozen {
  const report = { ...NOT_STOPPED, ...more, outcome };
  return { view, report, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function notFrozen(cause: FreezeFailure): HoldfastError {
  const message = `the app could not be stopped for a moment: ${cause.message}`;
  if (cause.obstacle === "no-room")
    return new HoldfastError({ code: "DISK_FULL", message, hint: "make room and try again", cause });
  const hint =
    cause.obstacle === "too-long"
      ? "allow a longer pause with --max-pause, leave out what changes much, or save with --freeze auto"
      : "save as the user that runs the app, or with --freeze auto";
  return new HoldfastError({ code: "NOT_FROZEN", message, hint, cause });
}
