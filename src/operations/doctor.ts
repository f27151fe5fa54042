import { AssertionError } from "node:assert";
import { randomBytes } from "node:crypto";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import { cancelled } from "../stores/cancelled.ts";
import { CONFORMANCE_AREAS, type ConformanceArea } from "../stores/conformance.ts";
import { createRequestCounter, withCount } from "../stores/count.ts";
import { isPrivateStore, openStore, type StoreCredentials } from "../stores/open.ts";
import { withScope } from "../stores/scope.ts";
import type { CallOptions, Store, StoreTraits } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { removeBelow, tracesOf } from "./doctor/cleanup.ts";
import { measureSpeed, type Speed } from "./doctor/measure.ts";
import { type DoctorPlan, planDiagnosis, type PlannedCase } from "./doctor/plan.ts";

/** Which store to look at, and how closely. */
export interface DoctorRequest extends CallOptions {
  /** A folder or a URL; or a store, which the caller closes. */
  readonly store: string | Store;
  readonly credentials?: StoreCredentials | undefined;
  /** Try also what moves many files or many bytes. */
  readonly thorough?: boolean | undefined;
  /** Called before anything is written, with how many calls are about to be made. */
  readonly onPlan?: ((plan: DoctorAnnouncement) => void) | undefined;
}

/** What a diagnosis is about to do. */
export interface DoctorAnnouncement {
  /** The folder of the store in which all is done. */
  readonly folder: string;
  readonly promises: number;
  /** Calls of the store, at least; and files that are written, or commits where one shows many files. */
  readonly calls: number;
  readonly writes: number;
}

/** A promise that a store has not kept. */
export interface BrokenPromise {
  readonly promise: string;
  /** What was seen instead; `null` when the promise says it all. */
  readonly seen: string | null;
}

/** What was found about one area. */
export interface AreaVerdict {
  readonly area: ConformanceArea;
  readonly kept: number;
  readonly broken: readonly BrokenPromise[];
  /** Not tried: it would have cost too much. */
  readonly left_out: number;
}

/** What was found, as `holdfast doctor --json` shows it. */
export interface DoctorResult {
  readonly store: string;
  readonly healthy: boolean;
  readonly areas: readonly AreaVerdict[];
  /** What the store can do, by its own word. `atomic_files` is `null` for any number. */
  readonly traits: {
    readonly atomic_batch: boolean;
    readonly atomic_files: number | null;
    readonly create_only: boolean;
    readonly range_reads: boolean;
    readonly conditional_writes: boolean;
  };
  /** Closed to everybody else, for certain; `null` when a store was given instead of its address. */
  readonly private: boolean | null;
  readonly speed: Speed;
  /** Requests to the store, repeated ones included. */
  readonly requests: number;
  readonly seconds: number;
}

/** After these, no other case can say anything. */
const FATAL = ["CANCELLED", "STORE_UNREACHABLE", "STORE_PUBLIC", "DISK_FULL"] as const;

/**
 * Tries whether a store keeps the promises that everything else relies on, in a folder of its own, which is
 * removed afterwards, also after a failure or when it is given up. What is in the store otherwise is not
 * looked at. A promise that is broken is reported, not thrown.
 *
 * @throws {HoldfastError} `CONFLICT` when the store asks for patience; what opening, reading and writing the
 *   store throw: `STORE_AUTH`, `STORE_PUBLIC`, `STORE_READ_ONLY`, `STORE_UNREACHABLE`, `DISK_FULL`
 * @example
 * ```ts
 * const { healthy, areas } = await doctor({ store: "./.holdfast" });
 * ```
 */
export function doctor(options: DoctorRequest): Promise<DoctorResult> {
  const startedMs = performance.now();
  const { credentials, thorough = false, signal, onPlan } = options;
  return atBorder("could not examine the store", async () => {
    const counter = createRequestCounter();
    const isOurs = typeof options.store === "string";
    const store = isOurs
      ? await openStore(options.store, { counter, credentials })
      : withCount(options.store, counter);
    try {
      const isPrivate = isOurs ? await isPrivateStore(options.store, { credentials }) : null;
      await refuseHurry(store, { signal });
      const plan = await planDiagnosis(store.traits, thorough);
      const folder = `holdfast-doctor-${randomBytes(4).toString("hex")}/`;
      onPlan?.({ folder, promises: plan.cases.length, calls: plan.calls, writes: plan.writes });
      const { speed, broken } = await examine(store, folder, plan, options);
      return {
        store: store.url,
        healthy: broken.size === 0,
        areas: verdictsOf(plan, broken),
        traits: shownTraits(store.traits),
        private: isPrivate,
        speed,
        requests: counter.requests,
        seconds: (performance.now() - startedMs) / 1000,
      };
    } finally {
      if (isOurs) await store.close();
    }
  });
}

type Broken = ReadonlyMap<PlannedCase, BrokenPromise>;

async function examine(
  store: Store,
  folder: string,
  plan: DoctorPlan,
  { store: place, signal }: DoctorRequest,
): Promise<{ readonly speed: Speed; readonly broken: Broken }> {
  const traces = tracesOf(place, folder);
  let hasWritten = false;
  const noting: Store = {
    ...store,
    write: async (files, writeOptions) => {
      await store.write(files, writeOptions);
      hasWritten = true;
    },
  };
  let outcome: { readonly speed: Speed; readonly broken: Broken } | { readonly error: unknown };
  try {
    // What fails here would fail everywhere, and says why.
    const speed = await measureSpeed(withScope(noting, { prefix: folder, signal }));
    outcome = { speed, broken: await tryAll(store, folder, plan, { signal }) };
  } catch (error) {
    outcome = { error };
  }
  // What refused the first write would refuse the removal too, and says why. One that was given up may still come.
  if ("error" in outcome && !hasWritten && signal?.aborted !== true) throw outcome.error;
  try {
    const left = await removeBelow(store, folder);
    await traces.remove();
    if (left.length > 0 && !("error" in outcome)) throw leftBehind(folder);
  } catch (error) {
    throw leftBehind(folder, "error" in outcome ? outcome.error : error);
  }
  if (!("error" in outcome)) return outcome;
  throw isHoldfastError(outcome.error, "CANCELLED") ? stopped() : outcome.error;
}

async function tryAll(
  store: Store,
  folder: string,
  { cases }: DoctorPlan,
  { signal }: CallOptions,
): Promise<Broken> {
  const broken = new Map<PlannedCase, BrokenPromise>();
  for (const [number, each] of cases.entries()) {
    const { run, name: promise } = each.conformanceCase;
    try {
      await run(withScope(store, { prefix: `${folder}${number}/`, signal }));
    } catch (error) {
      if (signal?.aborted === true) throw cancelled();
      if (isHoldfastError(error, ...FATAL)) throw error;
      broken.set(each, { promise, seen: sentenceOf(error) });
    }
  }
  return broken;
}

/** What an error has to say in one line, without what Node's assertions add for programmers. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof AssertionError && error.generatedMessage) return null;
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]?.slice(0, 200) ?? null;
}

function verdictsOf({ cases, leftOut }: DoctorPlan, broken: Broken): AreaVerdict[] {
  return (Object.keys(CONFORMANCE_AREAS) as ConformanceArea[]).map((area) => {
    const tried = cases.filter((each) => each.area === area);
    const failed = tried.flatMap((each) => broken.get(each) ?? []);
    return { area, kept: tried.length - failed.length, broken: failed, left_out: leftOut.get(area) ?? 0 };
  });
}

function shownTraits(traits: StoreTraits): DoctorResult["traits"] {
  return {
    atomic_batch: traits.atomicBatch,
    atomic_files: Number.isFinite(traits.atomicFiles) ? traits.atomicFiles : null,
    create_only: traits.createOnly,
    range_reads: traits.rangeReads,
    conditional_writes: traits.conditionalWrites,
  };
}

/** Apps that save into the same store need the writes that it still takes. */
async function refuseHurry(store: Store, options: CallOptions): Promise<void> {
  const at = await store.nextWriteAt?.(options);
  if (at === null || at === undefined || at.getTime() <= Date.now()) return;
  throw new HoldfastError({
    code: "CONFLICT",
    message: "the store has seen so many writes in this hour that these would take those of a running app",
    hint: `try again after ${at.toISOString()}; nothing was written`,
  });
}

function stopped(): HoldfastError {
  return new HoldfastError({
    code: "CANCELLED",
    message: "stopped before it was done; all that was written is removed",
  });
}

function leftBehind(folder: string, cause?: unknown): HoldfastError {
  const reason = isHoldfastError(cause) ? `: ${cause.message}` : "";
  return new HoldfastError({
    code: isHoldfastError(cause) ? cause.code : "FAILED",
    message: `could not remove everything that was written to try the store${reason}`,
    hint: `remove the folder ${folder.replace(/\/$/, "")} in it by hand; no snapshot is in there`,
    cause,
  });
}
