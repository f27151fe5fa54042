import { createRandom } from "../support/random.ts";

/** A line of one speed that all answers share. */
export interface Link {
  readonly bytesPerSecond: number;
  /** When what was sent so far has arrived, by the monotonic clock. */
  freeAtMs: number;
}

/**
 * What happens to a request:
 * - `status`: this answer, and nothing is done
 * - `rate-limit`: 429 as the Hub says it: `RateLimit` with r=0, and `Retry-After` when asked for
 * - `commit-quota`: 429 in the words of the separate quota of commits
 * - `server-error`: 500 with a JSON body; `bad-gateway`: 502 with a page of HTML
 * - `conflict`: 412, as two commits at once can get
 * - `reset`: the connection is reset, and nothing is done
 * - `answer-lost`: all is done, then the connection is reset
 * - `slow`: the answer comes after `delayMs`, its body then through `link`; `hang`: it never comes
 * - `truncated`: half of the body arrives, then the connection ends; `corrupted`: one bit is wrong
 * - `expired-url`: the addresses in the answer, or the one that was asked for, have expired
 * - `not-yet`: what was asked for is not there yet (404), as just after a commit
 * - `stale-head`: a branch still means the commit before its newest
 */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: "rate-limit"; readonly waitSeconds: number; readonly hasRetryAfter?: boolean }
  | { readonly kind: "slow"; readonly delayMs: number; readonly link?: Link }
  | {
      readonly kind:
        | "answer-lost"
        | "bad-gateway"
        | "commit-quota"
        | "conflict"
        | "corrupted"
        | "expired-url"
        | "hang"
        | "not-yet"
        | "reset"
        | "server-error"
        | "stale-head"
        | "truncated";
    };

/** Which requests a fault happens to; all of them when nothing narrows it. */
export interface FaultRule {
  readonly fault: Fault;
  readonly origin?: Origin;
  readonly method?: string;
  /** Looked for in the path with its query. */
  readonly path?: RegExp;
  /** Which of the requests that match; the first is 1. */
  readonly nth?: number | readonly number[];
  /** How likely each of them is hit, by random numbers from the seed. */
  readonly probability?: number;
  readonly seed?: number;
  /** At most so many are hit. */
  readonly times?: number;
}

/** The Hub itself, or the second origin that LFS objects come from and go to. */
export type Origin = "hub" | "cdn";

/** A rule at work. */
export interface ActiveFault {
  /** How many requests were hit. */
  readonly hits: number;
  remove(): void;
}

interface Request {
  readonly origin: Origin;
  readonly method: string;
  readonly path: string;
}

/** The switches. The first rule that hits a request decides. */
export class Faults {
  readonly #rules = new Set<(request: Request) => Fault | null>();

  /** Switches a fault on. */
  add(rule: FaultRule): ActiveFault {
    const random = createRandom(rule.seed ?? 1);
    const nth = rule.nth === undefined ? null : [rule.nth].flat();
    let matches = 0;
    let hits = 0;
    const decide = (request: Request): Fault | null => {
      if (!concerns(rule, request)) return null;
      matches += 1;
      if (nth !== null && !nth.includes(matches)) return null;
      if (rule.probability !== undefined && random.fraction() >= rule.probability) return null;
      if (hits >= (rule.times ?? Number.POSITIVE_INFINITY)) return null;
      hits += 1;
      return rule.fault;
    };
    this.#rules.add(decide);
    return {
      get hits() {
        return hits;
      },
      remove: () => void this.#rules.delete(decide),
    };
  }

  /** Switches all off. */
  clear(): void {
    this.#rules.clear();
  }

  /** Asked once for each request. */
  next(request: Request): Fault | null {
    for (const decide of this.#rules) {
      const fault = decide(request);
      if (fault !== null) return fault;
    }
    return null;
  }
}

function concerns(rule: FaultRule, request: Request): boolean {
  return (
    (rule.origin ?? request.origin) === request.origin &&
    (rule.method ?? request.method) === request.method &&
    (rule.path === undefined || rule.path.test(request.path))
  );
}
