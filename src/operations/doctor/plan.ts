import {
  concerns,
  CONFORMANCE_AREAS,
  type ConformanceArea,
  type ConformanceCase,
} from "../../stores/conformance.ts";
import { openMemoryStore } from "../../stores/memory.ts";
import type { Store, StoreTraits } from "../../stores/store.ts";

/** A case that is tried, and what it is about. */
export interface PlannedCase {
  readonly area: ConformanceArea;
  readonly conformanceCase: ConformanceCase;
}

/** What a diagnosis is going to do. */
export interface DoctorPlan {
  readonly cases: readonly PlannedCase[];
  /** Cases of each area that say something about such a store, and are not tried. */
  readonly leftOut: ReadonlyMap<ConformanceArea, number>;
  /** Calls of the store, and writes and removals among them, at least. */
  readonly calls: number;
  readonly writes: number;
}

interface Cost {
  readonly calls: number;
  /** That change something. */
  readonly writes: number;
}

/** How many writes a diagnosis makes; where each write is a commit, those of an hour are counted. */
const WRITES = { usual: 80, usualCommits: 30 } as const;
const THOROUGH_WRITES = { usual: Infinity, usualCommits: 75 } as const;

/**
 * Chooses cases, those that write least first. What they cost is found out with a store in memory of the
 * same traits.
 */
export async function planDiagnosis(traits: StoreTraits, isThorough: boolean): Promise<DoctorPlan> {
  const limits = isThorough ? THOROUGH_WRITES : WRITES;
  const maxWrites = traits.atomicBatch && traits.conditionalWrites ? limits.usualCommits : limits.usual;
  const all = Object.entries(CONFORMANCE_AREAS).flatMap(([area, cases]) =>
    cases
      .filter((each) => concerns(each, traits) && each.isLongNamed !== true)
      .map((conformanceCase) => ({ area: area as ConformanceArea, conformanceCase })),
  );
  const costs = new Map<PlannedCase, Cost>();
  for (const each of all) {
    const isTooHeavy = each.conformanceCase.isHeavy === true && !isThorough;
    if (!isTooHeavy) costs.set(each, await costOf(each.conformanceCase, traits));
  }
  const chosen = new Set<PlannedCase>();
  let [calls, writes] = [0, 0];
  for (const [each, cost] of [...costs].sort(([, a], [, b]) => a.writes - b.writes)) {
    if (writes + cost.writes > maxWrites) break;
    chosen.add(each);
    calls += cost.calls;
    writes += cost.writes;
  }
  const leftOut = new Map<ConformanceArea, number>();
  for (const each of all) if (!chosen.has(each)) leftOut.set(each.area, (leftOut.get(each.area) ?? 0) + 1);
  return { cases: all.filter((each) => chosen.has(each)), leftOut, calls, writes };
}

async function costOf({ run }: ConformanceCase, traits: StoreTraits): Promise<Cost> {
  const inner = openMemoryStore({ traits, hidesDeferred: traits.atomicBatch });
  let [calls, writes] = [0, 0];
  const counting: Store = {
    ...inner,
    list: (...args) => {
      calls += 1;
      return inner.list(...args);
    },
    read: async (...args) => {
      calls += 1;
      return inner.read(...args);
    },
    write: async (files, options) => {
      await inner.write(files, options);
      calls += 1;
      if (options?.deferred !== true || !traits.atomicBatch) writes += 1;
    },
    remove: async (...args) => {
      await inner.remove(...args);
      calls += 1;
      writes += 1;
    },
  };
  await run(counting);
  return { calls, writes };
}
