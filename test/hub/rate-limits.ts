import { HubError } from "./hub-error.ts";
import type { HubLimits } from "./limits.ts";

/** The three classes of request that are counted apart. */
export type RateClass = "api" | "resolvers" | "pages";

const HOUR_MS = 3_600_000;

/** Counts the requests and the commits of each user. */
export class RateLimits {
  readonly #limits: HubLimits;
  readonly #counts = new Map<string, { window: number; used: number }>();
  readonly #commits = new Map<string, number[]>();

  constructor(limits: HubLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a request.
   *
   * @returns the headers that every answer has, and whether it is one too many
   */
  count(user: string, path: string, nowMs: number): { headers: Record<string, string>; isOver: boolean } {
    const { windowSeconds } = this.#limits;
    const name = classOf(path);
    const quota = this.#quotaOf(name);
    const window = Math.floor(nowMs / 1000 / windowSeconds);
    const key = `${user} ${name}`;
    let count = this.#counts.get(key);
    if (count === undefined || count.window !== window) count = { window, used: 0 };
    this.#counts.set(key, count);
    const isOver = count.used >= quota;
    if (!isOver) count.used += 1;
    const waitSeconds = Math.ceil((window + 1) * windowSeconds - nowMs / 1000);
    return { headers: rateHeaders(name, quota - count.used, waitSeconds, quota, windowSeconds), isOver };
  }

  /** @throws {HubError} 429 when the user has made as many commits in the last hour as are allowed */
  checkCommit(user: string, nowMs: number): void {
    const recent = (this.#commits.get(user) ?? []).filter((timeMs) => timeMs > nowMs - HOUR_MS);
    this.#commits.set(user, recent);
    if (recent.length >= this.#limits.commitsPerHour) throw tooManyCommits(this.#limits.commitsPerHour);
  }

  countCommit(user: string, nowMs: number): void {
    this.#commits.set(user, [...(this.#commits.get(user) ?? []), nowMs]);
  }

  #quotaOf(name: RateClass): number {
    if (name === "api") return this.#limits.apiRequests;
    return name === "resolvers" ? this.#limits.resolverRequests : this.#limits.pageRequests;
  }
}

/** `RateLimit` and `RateLimit-Policy` as the Hub writes them. */
export function rateHeaders(
  name: RateClass,
  left: number,
  waitSeconds: number,
  quota: number,
  windowSeconds: number,
): Record<string, string> {
  return {
    ratelimit: `"${name}";r=${left};t=${waitSeconds}`,
    "ratelimit-policy": `"fixed window";"${name}";q=${quota};w=${windowSeconds}`,
  };
}

/** The answer of the quota of commits, which names no time in its headers. */
export function tooManyCommits(commitsPerHour: number): HubError {
  const text = `You have exceeded the rate limit for repository commits (${commitsPerHour} per hour).`;
  return new HubError(429, `${text} You can retry this action in about 1 hour.`);
}

/** Git's own requests count as calls of the interface: the Hub does not say. */
export function classOf(path: string): RateClass {
  if (/\/resolve(?:-cache)?\//.test(path)) return "resolvers";
  return /^\/api\/|\.git\//.test(path) ? "api" : "pages";
}
