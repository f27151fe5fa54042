import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Accounts, type Token, type TokenRole, type TokenScope } from "./accounts.ts";
import { Buckets } from "./buckets.ts";
import type { HubState } from "./call.ts";
import { Faults } from "./faults.ts";
import { inspect, type InspectedRepo } from "./inspect.ts";
import { FREE_ACCOUNT, type HubLimits } from "./limits.ts";
import { RateLimits } from "./rate-limits.ts";
import { Repos } from "./repos.ts";
import { listen, type LoggedRequest } from "./server.ts";

/** How to start the stand-in. */
export interface HubOptions {
  /** All that it keeps; a Hub that is started there again knows all of it. */
  readonly folder: string;
  /** Those of a free account where left out. */
  readonly limits?: Partial<HubLimits>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Any that are free when left out. */
  readonly ports?: { readonly hub: number; readonly cdn: number };
}

/** A stand-in for the Hugging Face Hub, on this machine only. */
export interface Hub extends AsyncDisposable {
  /** What `HF_ENDPOINT` has to be. */
  readonly url: string;
  /** The second origin: LFS objects come from there and go there, without a token. */
  readonly cdnUrl: string;
  /** Adds a user; nothing happens when there is one. */
  addUser(name: string): void;
  /** @returns the token */
  addToken(options: {
    readonly user: string;
    readonly role: TokenRole;
    readonly scopes?: readonly TokenScope[];
  }): string;
  /** All that were added, those before the last restart too. */
  tokens(): readonly Token[];
  /** What goes wrong, until it is switched off. */
  readonly faults: Faults;
  /** Every request that came in, in order. A test may empty it. */
  readonly requests: LoggedRequest[];
  /** Looks into a dataset called `owner/name`, past all rights and limits; `null` when there is none. */
  repo(name: string): InspectedRepo | null;
}

/** Starts a stand-in Hub. It stops at the end of an `await using`. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { folder, now = Date.now, ports = { hub: 0, cdn: 0 } } = options;
  mkdirSync(folder, { recursive: true });
  const limits = { ...FREE_ACCOUNT, ...options.limits };
  const accounts = new Accounts(join(folder, "accounts.json"));
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const parts = {
    folder,
    accounts,
    repos: new Repos(join(folder, "repos")),
    buckets: new Buckets(join(folder, "buckets.json")),
    limits,
    rates: new RateLimits(limits),
    now,
  };
  let state: HubState = { ...parts, url: "", cdnUrl: "" };
  const shared = { state: () => state, faults, requests };
  const cdn = await listen({ ...shared, origin: "cdn", port: ports.cdn });
  const hub = await listen({ ...shared, origin: "hub", port: ports.hub });
  state = { ...parts, url: hub.url, cdnUrl: cdn.url };
  return {
    url: hub.url,
    cdnUrl: cdn.url,
    addUser: (name) => accounts.addUser(name),
    addToken: ({ user, role, scopes = [] }) => accounts.addToken({ user, role, scopes }),
    tokens: () => accounts.tokens,
    faults,
    requests,
    repo: (name) => {
      const repo = state.repos.find(name);
      return repo === null ? null : inspect(repo);
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await cdn[Symbol.asyncDispose]();
    },
  };
}
