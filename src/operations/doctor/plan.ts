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
  /** Calls of the store, at least; and files that are written, or commits where one shows many files. */
  readonly calls: number;
  readonly writes: number;
}

interface Cost {
  readonly calls: number;
  /** That change something. */
  readonly writes: number;
}

/**
 * How many writes a diagnosis makes. Where each write is a commit, those of an hour are counted: a thorough
 * one after a usual one still leaves room for an app.
 */
const WRITES = { files: 300, commits: 30 } as const;
const THOROUGH_WRITES = { files: Infinity, commits: 45 } as const;

/**
 * Chooses cases: of each area the one that writes least, then the others that write least. What they cost is
 * found out with a store in memory of the same traits.
 */
export async function planDiagnosis(traits: StoreTraits, isThorough: boolean): Promise<DoctorPlan> {
  const limits = isThorough ? THOROUGH_WRITES : WRITES;
  const maxWrites = traits.atomicBatch && traits.conditionalWrites ? limits.commits : limits.files;
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
  for (const [each, cost] of inOrder(costs)) {
    if (writes + cost.writes > maxWrites) continue;
    chosen.add(each);
    calls += cost.calls;
    writes += cost.writes;
  }
  const leftOut = new Map<ConformanceArea, number>();
  for (const each of all) if (!chosen.has(each)) leftOut.set(each.area, (leftOut.get(each.area) ?? 0) + 1);
  return { cases: all.filter((each) => chosen.has(each)), leftOut, calls, writes };
}

/** One of each area in front; in each part, what writes least first. */
function inOrder(costs: ReadonlyMap<PlannedCase, Cost>): readonly (readonly [PlannedCase, Cost])[] {
  const sorted = [...costs].sort(([, a], [, b]) => a.writes - b.writes);
  const first = new Map(sorted.toReversed().map((entry) => [entry[0].area, entry]));
  return [...new Set([...first.values(), ...sorted])];
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
      if (options?.deferred !== true || !traits.atomicBatch)
        writes += Math.max(1, Math.ceil(files.length / traits.atomicFiles));
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
