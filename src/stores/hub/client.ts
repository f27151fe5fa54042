import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import type { RequestCounter } from "../count.ts";
import type { RetryOptions } from "../retry.ts";
import type { CallOptions } from "../store.ts";
import { isLoopback } from "../http/loopback.ts";
import { HUB_ENDPOINT, type HubAccess } from "./access.ts";
import { type ErrorContext, hubError } from "./errors.ts";
import { MAX_TOLD_WAIT_MS } from "../http/exchange.ts";
import { toldWaitMs } from "./rate-limit.ts";
import { errorMessageOf, type HubResponse } from "./response.ts";
import type { Fetch } from "../../base/fetch.ts";
import { backOffMs, waitFor } from "../wait.ts";
import { type HubRequest, sendOnWire, type WireOptions } from "./wire.ts";

/** What a client is made of. */
export interface ClientOptions {
  readonly access: HubAccess;
  readonly repo: string;
  readonly fetch: Fetch;
  readonly counter?: RequestCounter | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly clock?: (() => number) | undefined;
}

/** Sends requests to the Hub: counts them, waits when told to, tries again, keeps the token at home. */
export interface HubClient extends ErrorContext {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits; throws `CANCELLED`. */
  wait(delayMs: number, options?: CallOptions): Promise<void>;
  /** Before trying again for the nth time: longer each time, by a random part. */
  backOff(failures: number, options?: CallOptions): Promise<void>;
  /** @throws {HoldfastError} `STORE_UNREACHABLE`, `CANCELLED`; any other answer is given back */
  send(request: HubRequest): Promise<HubResponse>;
}

const RETRIED: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const DEFAULTS = { maxAttempts: 8, firstDelayMs: 500, maxDelayMs: 15_000 };

/**
 * A client for one repository. Nothing is sent yet.
 *
 * @throws {HoldfastError} `CONFIG` when the token or the endpoint cannot be right
 */
export function createClient({ access, repo, fetch, counter, retry = {}, clock }: ClientOptions): HubClient {
  const wire = { endpoint: endpointOf(access), token: tokenOf(access), fetch, counter };
  const settings = { ...DEFAULTS, ...retry };

  const wait = (delayMs: number, options?: CallOptions): Promise<void> =>
    waitFor(delayMs, options, retry.sleep);

  const client: HubClient = {
    repo,
    hasToken: access.token !== null,
    now: clock ?? Date.now,
    wait,
    backOff: (failures, options) => wait(backOffMs(failures, settings), options),
    send: (request) => sendPatiently(client, wire, settings.maxAttempts, request),
  };
  return client;
}

async function sendPatiently(
  client: HubClient,
  wire: WireOptions,
  maxAttempts: number,
  request: HubRequest,
): Promise<HubResponse> {
  let toldMs = 0;
  for (let failures = 0; ;) {
    const outcome = await sendOnWire(wire, request).catch((error: unknown) => {
      if (isHoldfastError(error, "STORE_UNREACHABLE")) return error;
      throw error;
    });
    if (!(outcome instanceof HoldfastError)) {
      if (!RETRIED.has(outcome.status)) return outcome;
      const told = outcome.status === 429 ? toldWaitMs(outcome, client.now()) : null;
      if (told !== null && toldMs + told <= MAX_TOLD_WAIT_MS) {
        toldMs += told;
        await client.wait(told, request);
        continue;
      }
      if (request.isOnce === true) return outcome;
      if (told !== null || isQuota(outcome)) throw hubError(outcome, request.what, client);
    }
    failures += 1;
    if (failures >= maxAttempts || request.isOnce === true)
      throw outcome instanceof HoldfastError ? outcome : hubError(outcome, request.what, client);
    await client.backOff(failures, request);
  }
}

/** The quota of commits of an hour: nothing that a short wait helps against. */
function isQuota(response: HubResponse): boolean {
  return response.status === 429 && /commit/i.test(errorMessageOf(response));
}

function endpointOf({ endpoint = HUB_ENDPOINT }: HubAccess): URL {
  const url = URL.parse(endpoint);
  const isOpen = url?.protocol === "http:" && !isLoopback(url);
  if (url !== null && /^https?:$/.test(url.protocol) && !isOpen && url.username === "" && url.password === "")
    return url;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the variable HF_ENDPOINT must be the https:// address of a Hub, without a user or password",
    hint: `leave it out for ${HUB_ENDPOINT}`,
  });
}

/** A header that cannot be sent would be quoted in the error of whoever tries. */
function tokenOf({ token }: HubAccess): string | null {
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the token in HF_TOKEN has characters that no token has",
    hint: "copy it again, without quotation marks and line breaks",
  });
}
