import type { IncomingHttpHeaders } from "node:http";
import type { Accounts, Token } from "./accounts.ts";
import type { Buckets } from "./buckets.ts";
import type { Fault } from "./faults.ts";
import { HubError } from "./hub-error.ts";
import type { HubLimits } from "./limits.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Repo } from "./repo.ts";
import type { Repos } from "./repos.ts";

/** What all requests work on. */
export interface HubState {
  /** Where the Hub and the second origin can be reached. */
  readonly url: string;
  readonly cdnUrl: string;
  readonly folder: string;
  readonly accounts: Accounts;
  readonly repos: Repos;
  readonly buckets: Buckets;
  readonly limits: HubLimits;
  readonly rates: RateLimits;
  readonly now: () => number;
}

/** A request, read to its end. */
export interface Call {
  readonly state: HubState;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Who asks; `null` for nobody. */
  readonly token: Token | null;
  /** What is to go wrong within the handling itself. */
  readonly fault: Fault["kind"] | null;
}

/** A request about a repository that its sender may use so. */
export interface RepoCall extends Call {
  readonly repo: Repo;
  /** The parts of the path behind the repository, decoded. */
  readonly args: readonly string[];
}

/** What is sent back; a `HEAD` gets the headers only. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** An answer in JSON. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An answer in plain text. */
export function text(body: string, status = 200): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from(body) };
}

/** @throws {HubError} 400 when the body is not JSON */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new HubError(400, "the body is not valid JSON");
  }
}
