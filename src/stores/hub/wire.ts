import type { RequestCounter } from "../count.ts";
import type { CallOptions } from "../store.ts";
import { exchange } from "../http/exchange.ts";
import { UNREACHABLE_HINT, unreachable } from "./errors.ts";
import type { HubResponse } from "./response.ts";
import type { Fetch } from "../../base/fetch.ts";

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
  /**
   * It may have had its effect although it failed, and must not simply be sent again: every answer is given
   * back, and no answer is an error at once.
   */
  readonly isOnce?: boolean;
  /** Gives back an answer that leads to another origin, instead of following it. */
  readonly stopsAtForeign?: boolean;
}

/** What a wire is made of. */
export interface WireOptions {
  readonly endpoint: URL;
  readonly token: string | null;
  readonly fetch: Fetch;
  readonly counter?: RequestCounter | undefined;
}

const MAX_HOPS = 5;

/**
 * Sends a request and follows where it is led. The token goes to the Hub and to no other origin; what
 * writes is not led to another one at all.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE` when there is no answer; `CANCELLED`
 */
export async function sendOnWire(wire: WireOptions, request: HubRequest): Promise<HubResponse> {
  const { endpoint } = wire;
  let url = new URL(request.url, endpoint);
  for (let hops = 0; hops <= MAX_HOPS; hops += 1) {
    const response = await hop(wire, request, url);
    const location = response.header("location");
    if (response.status < 301 || response.status > 308 || location === null) return response;
    url = new URL(location, url);
    if (url.origin !== endpoint.origin && request.stopsAtForeign === true) return response;
    checkRedirect(request, url, endpoint);
  }
  throw unreachable(`could not ${request.what}: the Hub sends us in circles`);
}

/** One request on the wire and its whole answer. */
async function hop(
  { endpoint, token, fetch, counter }: WireOptions,
  request: HubRequest,
  url: URL,
): Promise<HubResponse> {
  const isForeign = url.origin !== endpoint.origin;
  const headers = new Headers(request.headers);
  if (!isForeign && token !== null) headers.set("authorization", `Bearer ${token}`);
  const response = await exchange({ fetch, counter, hint: UNREACHABLE_HINT }, { ...request, url, headers });
  return { ...response, isForeign };
}

/** Only what reads may be sent elsewhere, and never in the clear where it came over TLS. */
function checkRedirect({ method, what }: HubRequest, url: URL, endpoint: URL): void {
  const isReading = method === "GET" || method === "HEAD";
  const isOpen = endpoint.protocol === "https:" && url.protocol !== "https:";
  if ((url.origin === endpoint.origin || isReading) && !isOpen) return;
  throw unreachable(`could not ${what}: the Hub leads to ${url.host} for something that is not followed`);
}
