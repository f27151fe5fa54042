import type { Fetch } from "../../base/fetch.ts";
import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import type { RequestCounter } from "../count.ts";
import { exchange, type HttpResponse, MAX_TOLD_WAIT_MS, retryAfterMs } from "../http/exchange.ts";
import { createTurns } from "../limit.ts";
import type { RetryOptions } from "../retry.ts";
import type { CallOptions } from "../store.ts";
import { backOffMs, waitFor } from "../wait.ts";
import type { WebdavAccess } from "./access.ts";
import type { WebdavAddress } from "./address.ts";
import { createAuthentication } from "./authentication.ts";
import { createPace } from "./budget.ts";
import { type ErrorContext, isBlocked, isLoginLock, isPassing, webdavError } from "./errors.ts";
import { type Quirks, quirksOf } from "./quirks.ts";

/** What a client is made of. */
export interface ClientOptions {
  readonly address: WebdavAddress;
  readonly access: WebdavAccess;
  readonly fetch: Fetch;
  readonly counter?: RequestCounter | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Those of the provider when left out. */
  readonly quirks?: Quirks | undefined;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly clock?: (() => number) | undefined;
}

/** One request. */
export interface WebdavRequest extends CallOptions {
  readonly method: "GET" | "HEAD" | "PUT" | "PROPFIND" | "MKCOL" | "MOVE" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** How much is expected back, in bytes, so that it is given the time. */
  readonly sizeBytes?: number | undefined;
  /** What could not be done if it fails, to follow "could not". */
  readonly what: string;
  /**
   * It may have had its effect although it failed, and must not simply be sent again: every answer is given
   * back, and no answer is an error at once.
   */
  readonly isOnce?: boolean | undefined;
  /** An answer that refuses, or leads elsewhere, is given back too. */
  readonly takesRefusals?: boolean | undefined;
}

/** Sends requests to one server: counts them, keeps to its limits, waits when told to, tries again. */
export interface WebdavClient extends ErrorContext {
  /** The address of a name in the store, or of its folder when the name is '' or ends in '/'. */
  at(name: string): URL;
  /** Before trying again for the nth time: longer each time, by a random part. */
  backOff(failures: number, options?: CallOptions): Promise<void>;
  readonly maxAttempts: number;
  /**
   * The answer, whatever it is but one that passes, that asks for a password or that leads elsewhere.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CONFIG`, `CANCELLED`
   */
  send(request: WebdavRequest): Promise<HttpResponse>;
}

interface Sender extends WebdavClient {
  now(): number;
  wait(delayMs: number, options?: CallOptions): Promise<void>;
  /** One exchange, with what vouches for it; led on within the server where nothing is written. */
  once(request: WebdavRequest): Promise<HttpResponse>;
}

const DEFAULTS = { maxAttempts: 8, firstDelayMs: 500, maxDelayMs: 15_000 };
/** A slow line is shared by so many bodies at most, so that each arrives in the time that it is given. */
const MAX_UPLOADS = 3;
const MAX_HOPS = 5;
/** Of the requests that may be led on. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "PROPFIND"]);

/**
 * A client for one folder of a server. Nothing is sent yet.
 *
 * @throws {HoldfastError} `CONFIG` when user, password or token cannot be right
 */
export function createClient(options: ClientOptions): WebdavClient {
  const { address, access, retry = {}, clock } = options;
  const { base, shown } = address;
  const settings = { ...DEFAULTS, ...retry };
  const quirks = options.quirks ?? quirksOf(base);
  const authentication = createAuthentication(access, base);
  const wait: Sender["wait"] = (delayMs, callOptions) => waitFor(delayMs, callOptions, retry.sleep);

  const client: Sender = {
    shown,
    host: base.host,
    quirks,
    credentials: authentication.kind,
    maxAttempts: settings.maxAttempts,
    now: clock ?? Date.now,
    wait,
    at: (name) => new URL(name === "" ? base.href : `${base.href}${name}`),
    backOff: (failures, callOptions) => wait(backOffMs(failures, settings), callOptions),
    once: createOnce(options, quirks, authentication, wait),
    send: (request) => sendPatiently(client, request),
  };
  return client;
}

function createOnce(
  { fetch, counter, clock, address }: ClientOptions,
  quirks: Quirks,
  authentication: ReturnType<typeof createAuthentication>,
  wait: Sender["wait"],
): Sender["once"] {
  const pace = createPace(quirks.budget, clock ?? Date.now);
  const turns = createTurns(quirks.maxParallel);
  const uploads = createTurns(Math.min(MAX_UPLOADS, quirks.maxParallel));

  const hop = async (request: WebdavRequest, url: URL): Promise<HttpResponse> => {
    for (let hasLearnt = false; ; hasLearnt = true) {
      const sent = authentication.header(request.method, url);
      const headers = new Headers({ "user-agent": "holdfast", ...request.headers });
      if (sent !== null) headers.set("authorization", sent);
      const delayMs = pace.take();
      if (delayMs > 0) await wait(delayMs, request);
      const response = await exchange({ fetch, counter }, { ...request, url, headers });
      if (response.status !== 401 || !authentication.learn(response, sent) || hasLearnt) return response;
    }
  };

  const follow = async (request: WebdavRequest): Promise<HttpResponse> => {
    let { url } = request;
    for (let hops = 0; ; hops += 1) {
      const response = await hop(request, url);
      const target = URL.parse(response.header("location") ?? "", url.href);
      const isLed = response.status >= 301 && response.status <= 308 && READING.has(request.method);
      if (!isLed || target === null || target.origin !== address.base.origin || hops === MAX_HOPS)
        return response;
      url = target;
    }
  };

  return (request) =>
    turns.take(request, () =>
      request.method === "PUT" ? uploads.take(request, () => follow(request)) : follow(request),
    );
}

async function sendPatiently(client: Sender, request: WebdavRequest): Promise<HttpResponse> {
  let toldMs = 0;
  for (let failures = 1; ;) {
    const outcome = await client.once(request).catch((error: unknown) => {
      if (isHoldfastError(error, "STORE_UNREACHABLE")) return error;
      throw error;
    });
    if (!(outcome instanceof HoldfastError)) {
      const { status } = outcome;
      if (status === 401 || (status >= 301 && status <= 308)) {
        if (request.takesRefusals === true) return outcome;
        throw errorOf(client, outcome, request);
      }
      if (!isPassing(status)) return outcome;
      const told = retryAfterMs(outcome, client.now());
      if (told !== null && toldMs + told <= MAX_TOLD_WAIT_MS) {
        toldMs += told;
        await client.wait(told, request);
        continue;
      }
      if (told !== null || isBlocked(outcome) || isLoginLock(outcome))
        throw errorOf(client, outcome, request);
      if (request.isOnce === true) return outcome;
    }
    if (failures >= client.maxAttempts || request.isOnce === true)
      throw outcome instanceof HoldfastError ? outcome : errorOf(client, outcome, request);
    await client.backOff(failures, request);
    failures += 1;
  }
}

function errorOf(
  client: Sender,
  response: HttpResponse,
  { method, what, body }: WebdavRequest,
): HoldfastError {
  return webdavError(response, { method, what, sentBytes: body?.length }, client);
}
