import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import { exchange, type HttpResponse, MAX_TOLD_WAIT_MS, retryAfterMs, type Wire } from "../http/exchange.ts";
import { isLoopback } from "../http/loopback.ts";
import type { RetryOptions } from "../retry.ts";
import type { CallOptions } from "../store.ts";
import { waitFor } from "../wait.ts";
import type { S3Keys } from "./access.ts";
import { s3Error, unreachable } from "./errors.ts";
import type { KeySource } from "./key-source.ts";
import type { S3Place } from "./place.ts";
import type { Rights } from "./presets.ts";
import { failureOf } from "./response.ts";

/** What a client is made of. */
export interface ClientOptions extends Wire {
  readonly place: S3Place;
  readonly keys: KeySource;
  readonly sleep?: RetryOptions["sleep"];
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly clock?: (() => number) | undefined;
}

/** One request to a bucket. */
export interface S3Request extends CallOptions {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Of a file in the store; of the bucket itself when left out. */
  readonly name?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  /** How much is expected back, in bytes. */
  readonly sizeBytes?: number | undefined;
  /** What could not be done if it fails, to follow "could not". */
  readonly what: string;
  readonly right: keyof Rights;
  /** Without keys, as everybody else could ask. */
  readonly isAnonymous?: boolean | undefined;
}

/** Sends requests to a bucket: signs them, waits when told to, renews keys that have expired. */
export interface S3Client {
  readonly place: S3Place;
  /**
   * The answer, whatever its status; of a file that lies elsewhere, the answer from there.
   *
   * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CONFIG`, `CANCELLED`
   */
  send(request: S3Request): Promise<HttpResponse>;
  /** What an answer means that is not the one hoped for. */
  errorOf(response: HttpResponse, request: Pick<S3Request, "what" | "right">): Error;
  /** Waits; throws `CANCELLED`. */
  wait(delayMs: number, options?: CallOptions): Promise<void>;
}

const MAX_HOPS = 3;
const EXPIRED =
  /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|SecurityTokenExpired|InvalidToken)$/;
const NOTHING = new Uint8Array(0);

/** A client for one bucket. Nothing is sent yet. */
export function createS3Client(options: ClientOptions): S3Client {
  const { place } = options;
  const clock = options.clock ?? Date.now;
  const client: S3Client = {
    place,
    send: (request) => sendPatiently(client, { ...options, clock }, request),
    errorOf: (response, { what, right }) =>
      s3Error(response, { place, what, right: place.preset.rights[right], nowMs: clock() }),
    wait: (delayMs, callOptions) => waitFor(delayMs, callOptions, options.sleep),
  };
  return client;
}

type Settings = ClientOptions & { readonly clock: () => number };

async function sendPatiently(
  client: S3Client,
  settings: Settings,
  request: S3Request,
): Promise<HttpResponse> {
  let keys = request.isAnonymous === true ? null : await settings.keys.current();
  let isRenewed = false;
  let toldMs = 0;
  for (;;) {
    const response = await sendOnce(settings, keys, request);
    if (response.status === 302 && request.method === "GET") return follow(settings, request, response);
    const told = response.status === 429 || response.status === 503;
    const delayMs = told ? retryAfterMs(response, settings.clock()) : null;
    if (delayMs !== null) {
      if (toldMs + delayMs > MAX_TOLD_WAIT_MS) return response;
      toldMs += delayMs;
      await client.wait(delayMs, request);
      continue;
    }
    if (keys === null || isRenewed || response.status < 400 || !EXPIRED.test(failureOf(response).code))
      return response;
    const others = await settings.keys.renewed();
    if (others === null) return response;
    keys = others;
    isRenewed = true;
  }
}

async function sendOnce(settings: Settings, keys: S3Keys | null, request: S3Request): Promise<HttpResponse> {
  const { method, body, sizeBytes, what, signal } = request;
  const url = urlOf(settings.place, request);
  const headers = keys === null ? request.headers : await signed(settings, keys, request, url);
  return exchange(settings, { method, url, headers, body, sizeBytes, what, signal });
}

/** With the hash of the real body: some servers know no other way. */
async function signed(
  { place, clock }: Settings,
  keys: S3Keys,
  { method, headers, body = NOTHING }: S3Request,
  url: URL,
): Promise<Headers> {
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") },
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    service: "s3",
    region: place.region,
    datetime: new Date(clock()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  return (await signer.sign()).headers;
}

/** To where a file really lies, with neither keys nor signature: the address itself is what opens it. */
async function follow(
  settings: Settings,
  { headers = {}, sizeBytes, what, signal }: S3Request,
  first: HttpResponse,
): Promise<HttpResponse> {
  let url = urlOf(settings.place, { method: "GET", what, right: "read" });
  let response = first;
  for (let hops = 0; response.status >= 301 && response.status <= 308 && response.status !== 304; hops += 1) {
    const target = URL.parse(response.header("location") ?? "", url.href);
    if (hops === MAX_HOPS || target === null || !isSafe(target, settings.place.base))
      throw unreachable(`could not ${what}: ${response.host} leads nowhere`);
    url = target;
    response = await exchange(settings, { method: "GET", url, headers, sizeBytes, what, signal });
  }
  return response;
}

/** Not from an encrypted way to an open one. */
function isSafe(target: URL, base: URL): boolean {
  if (target.protocol === "https:") return true;
  return target.protocol === "http:" && (base.protocol === "http:" || isLoopback(target));
}

/** Names have no character that would have to be written otherwise in a path. */
function urlOf({ base, prefix }: S3Place, { name, query = {} }: S3Request): URL {
  const url = new URL(base);
  if (name !== undefined) url.pathname += `${prefix}${name}`;
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}
