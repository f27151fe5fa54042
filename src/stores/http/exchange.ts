import type { Fetch } from "../../base/fetch.ts";
import { HoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import type { RequestCounter } from "../count.ts";
import type { CallOptions } from "../store.ts";

/** One request on the wire. */
export interface HttpRequest extends CallOptions {
  /** The verbs of HTTP, and those of WebDAV. */
  readonly method: string;
  readonly url: URL;
  readonly headers?: Headers | Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** How much is expected back, in bytes, so that it is given the time. */
  readonly sizeBytes?: number | undefined;
  /** What could not be done if it fails, to follow "could not". */
  readonly what: string;
}

/** An answer that has arrived whole. */
export interface HttpResponse {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** Where it came from, without what signs it. */
  readonly host: string;
  header(name: string): string | null;
}

/** What requests are sent with. */
export interface Wire {
  readonly fetch: Fetch;
  /** Counts each request. */
  readonly counter?: RequestCounter | undefined;
  /** What to do when there is no answer, where that can be said better than in general. */
  readonly hint?: string | undefined;
}

/** An answer has to be there after this time, and a little more for each megabyte. */
const TIMEOUT_MS = 60_000;
const TIMEOUT_MS_A_MIB = 20_000;
/** Codes of Node.js for certificates that are expired, of another host, or signed by nobody who is known. */
const UNTRUSTED = /CERT|UNABLE_TO_|^ERR_TLS_/;

/**
 * Sends one request and takes its whole answer, whatever its status; redirects are answers too. Bodies
 * are not compressed on the way, so that lengths are those of the files. Nothing is tried again.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE` when there is no answer; `CANCELLED`
 */
export async function exchange({ fetch, counter, hint }: Wire, request: HttpRequest): Promise<HttpResponse> {
  checkCancelled(request);
  const { method, url, what } = request;
  const headers = new Headers(request.headers);
  headers.set("accept-encoding", "identity");
  const answered = counter?.begin();
  try {
    const response = await fetch(url.href, {
      method,
      headers,
      body: (request.body ?? null) as NonNullable<RequestInit["body"]> | null,
      redirect: "manual",
      signal: limitOf(request),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      bytes,
      host: url.host,
      header: (name) => response.headers.get(name),
    };
  } catch (error) {
    checkCancelled(request);
    const reason = reasonOf(error);
    if (UNTRUSTED.test(reason)) throw untrusted(what, url.host, reason);
    throw new HoldfastError({
      code: "STORE_UNREACHABLE",
      message: `could not ${what}: ${url.host} does not answer (${reason})`,
      hint: hint ?? "look whether the network is there and the address is right, and try again later",
    });
  } finally {
    answered?.();
  }
}

function untrusted(what: string, host: string, reason: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: `could not ${what}: the certificate of ${host} is not trusted (${reason})`,
    hint: "check the address and the clock; a certificate of your own is made known with NODE_EXTRA_CA_CERTS=/path/to/ca.pem",
  });
}

/** The body as text. */
export function textOf({ bytes }: HttpResponse): string {
  return Buffer.from(bytes).toString("utf8");
}

/** The body as JSON; `null` when it is none, as when something between us and the server has answered. */
export function jsonOf(response: HttpResponse): unknown {
  try {
    return JSON.parse(textOf(response)) as unknown;
  } catch {
    return null;
  }
}

/** What a server says is wrong, on one line and not longer than people read. */
export function shortened(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 300);
}

/** Waits that a server asks for are kept to the second; more than this in one call is not waited for. */
export const MAX_TOLD_WAIT_MS: number = 10 * 60_000;

/**
 * How long the header `Retry-After` tells to wait: a number of seconds, or a moment (RFC 9110, section 10.2.3).
 *
 * @returns milliseconds, more than 0; `null` when it does not say, or says "now": whoever would do so again and
 *   again has to slow down by himself
 */
export function retryAfterMs(response: HttpResponse, nowMs: number): number | null {
  const told = response.header("retry-after")?.trim() ?? "";
  const waitMs = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - nowMs;
  return waitMs > 0 ? waitMs : null;
}

function limitOf({ signal, body, sizeBytes = 0 }: HttpRequest): AbortSignal {
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
