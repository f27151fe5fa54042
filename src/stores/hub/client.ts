import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import type { RequestCounter } from "../count.ts";
import type { RetryOptions } from "../retry.ts";
import type { CallOptions } from "../store.ts";
import { HUB_ENDPOINT, type HubAccess } from "./access.ts";
import { type ErrorContext, hubError, unreachable } from "./errors.ts";
import { MAX_TOLD_WAIT_MS, toldWaitMs } from "./rate-limit.ts";
import { errorMessageOf, type HubResponse } from "./response.ts";
import type { Fetch } from "./transport.ts";

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

/** One request. */
export interface HubRequest extends CallOptions {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Relative to the Hub, or a whole address that it gave. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** How much is expected back, so that it is given the time. */
  readonly sizeBytes?: number;
  /** What could not be done if it fails, to follow "could not". */
  readonly what: string;
  /** It may have had its effect although it failed, and must not simply be sent again. */
  readonly isOnce?: boolean;
  /** Gives back an answer that leads to another origin, instead of following it. */
  readonly stopsAtForeign?: boolean;
}

/** Sends requests to the Hub: counts them, waits when told to, tries again, keeps the token at home. */
export interface HubClient extends ErrorContext {
  readonly endpoint: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits; throws `CANCELLED`. */
  wait(delayMs: number, options?: CallOptions): Promise<void>;
  /** Before trying again for the nth time: longer each time, by a random part. */
  backOff(failures: number, options?: CallOptions): Promise<void>;
  /** @throws {HoldfastError} `STORE_UNREACHABLE`, `CANCELLED` */
  send(request: HubRequest): Promise<HubResponse>;
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);
const RETRIED: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const MAX_HOPS = 5;
/** An answer has to be there after this time, and a little more for each megabyte. */
const TIMEOUT_MS = 60_000;
const TIMEOUT_MS_A_MIB = 20_000;
const DEFAULTS = { maxAttempts: 8, firstDelayMs: 500, maxDelayMs: 15_000 };

/** A client for one repository. Nothing is sent yet. */
export function createClient({ access, repo, fetch, counter, retry = {}, clock }: ClientOptions): HubClient {
  const endpoint = endpointOf(access);
  checkToken(access);
  const context: ErrorContext = { repo, hasToken: access.token !== null };
  const random = retry.random ?? Math.random;
  const { maxAttempts, firstDelayMs, maxDelayMs } = { ...DEFAULTS, ...retry };

  const wait = async (delayMs: number, options?: CallOptions): Promise<void> => {
    checkCancelled(options);
    const signal = options?.signal;
    try {
      if (retry.sleep === undefined) await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
      else await retry.sleep(delayMs, signal);
    } finally {
      checkCancelled(options);
    }
  };
  const backOff = (failures: number, options?: CallOptions): Promise<void> =>
    wait(random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1)), options);

  /** One hop: one request on the wire and its whole answer. */
  const hop = async (request: HubRequest, url: URL): Promise<HubResponse> => {
    checkCancelled(request);
    const isForeign = url.origin !== endpoint.origin;
    const headers = new Headers(request.headers);
    headers.set("accept-encoding", "identity");
    if (!isForeign && access.token !== null) headers.set("authorization", `Bearer ${access.token}`);
    const answered = counter?.begin();
    try {
      const response = await fetch(url.href, {
        method: request.method,
        headers,
        body: (request.body ?? null) as NonNullable<RequestInit["body"]> | null,
        redirect: "manual",
        signal: limitOf(request),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const header = (name: string): string | null => response.headers.get(name);
      return { status: response.status, bytes, host: url.host, isForeign, header };
    } catch (error) {
      checkCancelled(request);
      throw unreachable(`could not ${request.what}: ${url.host} does not answer (${reasonOf(error)})`);
    } finally {
      answered?.();
    }
  };

  const follow = async (request: HubRequest): Promise<HubResponse> => {
    let url = new URL(request.url, endpoint);
    for (let hops = 0; hops <= MAX_HOPS; hops += 1) {
      const response = await hop(request, url);
      const location = response.header("location");
      if (response.status < 301 || response.status > 308 || location === null) return response;
      url = new URL(location, url);
      const isForeign = url.origin !== endpoint.origin;
      if (isForeign && request.stopsAtForeign === true) return response;
      checkRedirect(request, url, endpoint);
    }
    throw unreachable(`could not ${request.what}: the Hub sends us in circles`);
  };

  return {
    ...context,
    endpoint: endpoint.origin,
    now: clock ?? Date.now,
    wait,
    backOff,

    async send(request) {
      let toldMs = 0;
      for (let failures = 1; ; failures += 1) {
        const outcome = await follow(request).catch((error: unknown) => error);
        if (!(outcome instanceof Error) && !RETRIED.has((outcome as HubResponse).status))
          return outcome as HubResponse;
        if (outcome instanceof HoldfastError && outcome.code === "STORE_UNREACHABLE") {
          if (request.isOnce === true || failures >= maxAttempts) throw outcome;
          await backOff(failures, request);
          continue;
        }
        if (outcome instanceof Error) throw outcome;
        const response = outcome as HubResponse;
        const told = response.status === 429 ? toldWaitMs(response) : null;
        if (told !== null && toldMs + told <= MAX_TOLD_WAIT_MS) {
          toldMs += told;
          failures -= 1;
          await wait(told, request);
          continue;
        }
        const isDone = request.isOnce === true && response.status !== 429;
        if (isDone || told !== null || failures >= maxAttempts || isQuota(response))
          throw hubError(response, request.what, context);
        await backOff(failures, request);
      }
    },
  };
}

function endpointOf({ endpoint = HUB_ENDPOINT }: HubAccess): URL {
  const url = URL.parse(endpoint);
  const isOpen = url?.protocol === "http:" && !LOOPBACK.has(url.hostname);
  if (url !== null && /^https?:$/.test(url.protocol) && !isOpen && url.username === "" && url.password === "")
    return url;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the variable HF_ENDPOINT must be the https:// address of a Hub, without a user or password",
    hint: `leave it out for ${HUB_ENDPOINT}`,
  });
}

/** A header that cannot be sent would be quoted in the error of whoever tries. */
function checkToken({ token }: HubAccess): void {
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the token in HF_TOKEN has characters that no token has",
    hint: "copy it again, without quotation marks and line breaks",
  });
}

/** The quota of commits of an hour: nothing that a short wait helps against. */
function isQuota(response: HubResponse): boolean {
  return response.status === 429 && /commit/i.test(errorMessageOf(response));
}

/** Only what reads may be sent elsewhere, and never in the clear where it came over TLS. */
function checkRedirect({ method, what }: HubRequest, url: URL, endpoint: URL): void {
  const isReading = method === "GET" || method === "HEAD";
  const isOpen = endpoint.protocol === "https:" && url.protocol !== "https:";
  if ((url.origin === endpoint.origin || isReading) && !isOpen) return;
  throw unreachable(`could not ${what}: the Hub leads to ${url.host} for something that is not followed`);
}

function limitOf({ signal, body, sizeBytes = 0 }: HubRequest): AbortSignal {
  const mebibytes = ((body?.length ?? 0) + sizeBytes) / 1024 / 1024;
  const timeout = AbortSignal.timeout(Math.ceil(TIMEOUT_MS + mebibytes * TIMEOUT_MS_A_MIB));
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** Never a message of its own that could quote an address that is signed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "unknown";
}

