import type { CallOptions } from "../stores/store.ts";
import { compactLocked } from "./compact.ts";
import type { Id } from "./ids.ts";
import { SNAPSHOTS } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import type { Repository } from "./repository.ts";
import { compareSnapshots, type Snapshot } from "./snapshot.ts";

/** How many snapshots to keep; each rule keeps the newest of each of its periods, 0 keeps none by that rule. */
export interface ForgetPolicy {
  readonly last: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
  /** Keep all that are at most this much older than the newest, in milliseconds. */
  readonly withinMs: number;
  /** Keep all that have one of these tags. */
  readonly tags: readonly string[];
}

/** The policy that keeps nothing: to build others from. */
export const KEEP_NOTHING: ForgetPolicy = {
  last: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  withinMs: 0,
  tags: [],
};

/** Snapshots by what becomes of them, newest first. */
export interface ForgetPlan {
  readonly keep: readonly Snapshot[];
  readonly remove: readonly Snapshot[];
}

/** Names the period that a time falls into; each snapshot is its own for `last`. */
type Period = (time: Date, position: number) => string;

const day = (time: Date): string => `${time.getFullYear()}-${time.getMonth()}-${time.getDate()}`;
const PERIODS: readonly (readonly [keyof ForgetPolicy, Period])[] = [
  ["last", (_, position) => `${position}`],
  ["hourly", (time) => `${day(time)} ${time.getHours()}`],
  ["daily", day],
  ["weekly", isoWeek],
  ["monthly", (time) => `${time.getFullYear()}-${time.getMonth()}`],
  ["yearly", (time) => `${time.getFullYear()}`],
];

/**
 * Says what a policy keeps of one group of snapshots, in any order. Periods are those of the local
 * time zone. As in restic, the oldest snapshot is kept while the count of a rule is not used up.
 */
export function planForget(snapshots: readonly Snapshot[], policy: ForgetPolicy): ForgetPlan {
  const newestFirst = snapshots.toSorted((a, b) => compareSnapshots(b, a));
  const newestNs = newestFirst[0]?.timeNs ?? 0n;
  const rules = PERIODS.map(([name, period]) => ({ left: policy[name] as number, period, previous: "" }));
  const keep: Snapshot[] = [];
  const remove: Snapshot[] = [];
  for (const [position, snapshot] of newestFirst.entries()) {
    const time = new Date(Number(snapshot.timeNs / 1_000_000n));
    let isKept = newestNs - snapshot.timeNs < BigInt(policy.withinMs) * 1_000_000n;
    isKept ||= policy.tags.some((tag) => snapshot.tags.includes(tag));
    for (const rule of rules) {
      const period = rule.period(time, position);
      const isNew = period !== rule.previous || position === newestFirst.length - 1;
      if (rule.left === 0 || !isNew) continue;
      rule.left -= 1;
      rule.previous = period;
      isKept = true;
    }
    (isKept ? keep : remove).push(snapshot);
  }
  return { keep, remove };
}

/** ISO 8601 week: the week of a day is that of its Thursday. */
function isoWeek(time: Date): string {
  const thursday = new Date(time.getFullYear(), time.getMonth(), time.getDate() + 4 - (time.getDay() || 7));
  const yearStart = new Date(thursday.getFullYear(), 0, 1);
  const days = Math.round((thursday.getTime() - yearStart.getTime()) / 86_400_000);
  return `${thursday.getFullYear()}-w${Math.floor(days / 7)}`;
}

/** Options of {@link removeSnapshots}. */
export interface RemoveSnapshotsOptions extends CallOptions {
  /** The caller prunes next, which has the store give up what it keeps of removed files. */
  readonly isPrunedNext?: boolean;
}

/**
 * Removes snapshots; what only they used stays in the store until it is pruned.
 *
 * @throws {HoldfastError} `LOCKED`, and what the store throws
 */
export async function removeSnapshots(
  repository: Repository,
  ids: readonly Id[],
  { signal, isPrunedNext = false }: RemoveSnapshotsOptions = {},
): Promise<void> {
  if (ids.length === 0) return;
  await using lock = await acquireLock(repository, { exclusive: true, signal });
  await repository.store.remove(
    ids.map((id) => `${SNAPSHOTS}${id}`),
    { signal },
  );
  if (!isPrunedNext) await compactLocked(repository, lock, { signal });
}
