import type { CallOptions } from "../store.ts";
import { type CommitInfo, listCommits } from "./api.ts";
import type { HubClient } from "./client.ts";
import { unreachable } from "./errors.ts";

/** How many commits the last hour has seen, and what that means for the next one. */
export interface CommitBudget {
  /** Counts a commit of ours. */
  count(): void;
  /** Others have committed: what was counted is read again when it is needed. */
  forget(): void;
  /** The moment before which the next commit should not come; `null` when any is good. */
  nextAt(options?: CallOptions): Promise<Date | null>;
  /**
   * Waits until a commit cannot meet the quota of the Hub. Rarely does: only far beyond the budget.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE` when that takes longer than ten minutes; `CANCELLED`
   */
  waitForQuota(options?: CallOptions): Promise<void>;
  /** The title of a commit that takes the place of all: it keeps when those of the last hour were made. */
  squashTitle(options?: CallOptions): Promise<string>;
  /** Commits since the history was given up, or since the beginning. */
  total(options?: CallOptions): Promise<number>;
}

const HOUR_MS = 60 * 60_000;
/** The Hub takes some 128 commits an hour; a save in need may go this far. */
const HARD_LIMIT = 110;
/** What running saves leave of the budget for upkeep: a prune and its locks. */
const RESERVED = 8;
const MAX_WAIT_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
/** Where a squash writes down how many commits were made 0, 1, 2 … minutes before it, a digit each. */
const SQUASHED = /\(commits of the minutes before: ([0-9a-z]{61})\)$/;

/**
 * A budget that counts the commits of everybody who writes to the dataset: those that the Hub lists, and
 * ours since.
 */
export function createCommitBudget(client: HubClient, hourlyCommits: number): CommitBudget {
  let known: { readonly timesMs: number[]; total: number } | null = null;

  const load = async (options?: CallOptions): Promise<{ readonly timesMs: number[]; total: number }> => {
    if (known === null) {
      const { commits, total } = await listCommits(client, { ...options, limit: HARD_LIMIT + 1 });
      known = { timesMs: commits.flatMap(timesOf), total };
    }
    return known;
  };

  const recent = async (options?: CallOptions): Promise<number[]> => {
    const { timesMs } = await load(options);
    const since = client.now() - HOUR_MS;
    return timesMs.filter((timeMs) => timeMs > since).sort((a, b) => a - b);
  };

  /** When fewer than `limit` commits will be left in the hour before. */
  const freeAt = async (limit: number, options?: CallOptions): Promise<number | null> => {
    const timesMs = await recent(options);
    const last = timesMs.at(-limit);
    return last === undefined ? null : last + HOUR_MS;
  };

  return {
    count() {
      known?.timesMs.push(client.now());
      if (known !== null) known.total += 1;
    },

    forget() {
      known = null;
    },

    async nextAt(options) {
      const atMs = await freeAt(Math.max(1, hourlyCommits - RESERVED), options);
      return atMs === null ? null : new Date(atMs);
    },

    async waitForQuota(options) {
      const atMs = await freeAt(Math.max(HARD_LIMIT, hourlyCommits), options);
      if (atMs === null) return;
      const delayMs = Math.max(0, atMs - client.now());
      if (delayMs > MAX_WAIT_MS) throw spent(client, delayMs);
      await client.wait(delayMs, options);
    },

    async squashTitle(options) {
      const counts = Array.from({ length: 61 }, () => 0);
      for (const timeMs of await recent(options)) {
        const minute = Math.min(60, Math.max(0, Math.round((client.now() - timeMs) / MINUTE_MS)));
        counts[minute] = Math.min((counts[minute] ?? 0) + 1, DIGITS.length - 1);
      }
      const digits = counts.map((count) => DIGITS[count]).join("");
      return `holdfast: history given up (commits of the minutes before: ${digits})`;
    },
    total: async (options) => (await load(options)).total,
  };
}

function timesOf({ title, timeMs }: CommitInfo): number[] {
  const digits = (SQUASHED.exec(title)?.[1] ?? "").split("");
  const before = digits.flatMap((digit, minute) =>
    Array.from({ length: DIGITS.indexOf(digit) }, () => timeMs - minute * MINUTE_MS),
  );
  return [timeMs, ...before];
}

function spent({ repo }: HubClient, delayMs: number): Error {
  return unreachable(
    `the dataset ${repo} has seen so many commits in this hour that the Hub would refuse one for ${Math.ceil(delayMs / 60_000)} more minutes`,
  );
}
