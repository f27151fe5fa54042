import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { fetchFor, type Fetch } from "../../base/fetch.ts";
import {
  exchange,
  type HttpRequest,
  type HttpResponse,
  MAX_TOLD_WAIT_MS,
  retryAfterMs,
} from "../http/exchange.ts";
import type { RetryOptions } from "../retry.ts";
import type { CallOptions } from "../store.ts";
import { backOffMs, waitFor } from "../wait.ts";
import type { DriveAccess } from "./access.ts";
import type { Provider } from "./provider.ts";
import { createTokenSource } from "./token-source.ts";

/** What a client is made of. */
export interface DriveClientOptions {
  readonly access: DriveAccess;
  /** Node's own when left out, or one that goes through the proxy of the environment. */
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly clock?: (() => number) | undefined;
}

/** Sends requests to a drive, as the person who has signed in. */
export interface DriveClient {
  /** Waits; throws `CANCELLED`. */
  wait(delayMs: number, options?: CallOptions): Promise<void>;
  /**
   * With the token, which is renewed once when it is refused. A wait that the drive asks for is kept.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CONFIG`, `CANCELLED`; any other answer is given back
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Without the token, to an address that the drive has given and that is signed by itself.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `CANCELLED`; `FAILED` when the address is not encrypted
   */
  sendOpen(request: HttpRequest): Promise<HttpResponse>;
}

/** What can be sent again without harm, and how often it is. */
const REPEATED: ReadonlySet<string> = new Set(["GET", "DELETE"]);
const MAX_ATTEMPTS = 4;
const BACK_OFF = { firstDelayMs: 500, maxDelayMs: 4000 };

/** A client for one drive. Nothing is sent yet. */
export async function createDriveClient(
  provider: Provider,
  options: DriveClientOptions,
): Promise<DriveClient> {
  const { access, clock: now = Date.now, retry } = options;
  const wire = { fetch: options.fetch ?? (await fetchFor(process.env)) };
  const tokens = createTokenSource({ provider, access, wire, now });

  const wait = (delayMs: number, callOptions?: CallOptions): Promise<void> =>
    waitFor(delayMs, callOptions, retry?.sleep);

  /** A call makes many requests: those that may be sent again are, before all of the call is. */
  const surely = async (request: HttpRequest, once: () => Promise<HttpResponse>): Promise<HttpResponse> => {
    for (let failures = 1; ; failures += 1) {
      try {
        return await once();
      } catch (error) {
        const mayPass = isHoldfastError(error, "STORE_UNREACHABLE") && REPEATED.has(request.method);
        if (!mayPass || failures === MAX_ATTEMPTS) throw error;
      }
      await wait(backOffMs(failures, { ...BACK_OFF, ...retry }), request);
    }
  };

  const patiently = async (
    request: HttpRequest,
    once: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> => {
    let toldMs = 0;
    for (;;) {
      const response = await surely(request, once);
      const told = [429, 503].includes(response.status) ? retryAfterMs(response, now()) : null;
      if (told === null || toldMs + told > MAX_TOLD_WAIT_MS) return response;
      toldMs += told;
      await wait(told, request);
    }
  };

  return {
    wait,
    send: (request) =>
      patiently(request, async () => {
        const token = await tokens.accessToken(request);
        const response = await exchange(wire, authorized(request, token));
        if (response.status !== 401) return response;
        return exchange(wire, authorized(request, await tokens.accessToken(request, token)));
      }),
    sendOpen: (request) => {
      if (request.url.protocol !== "https:") throw notEncrypted(provider, request.what);
      return patiently(request, () => exchange(wire, request));
    },
  };
}

function authorized(request: HttpRequest, token: string): HttpRequest {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  return { ...request, headers };
}

function notEncrypted({ name }: Provider, what: string): HoldfastError {
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: ${name} has given an address that is not encrypted`,
    hint: "look whether something stands between this machine and the internet",
  });
}
