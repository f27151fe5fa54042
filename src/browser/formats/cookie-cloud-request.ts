import { HoldfastError } from "../../base/errors.ts";

/** A server, as messages may show it and as requests need it. */
export interface CookieCloudServer {
  /** Scheme and host only: the path can be there so that nobody guesses it. */
  readonly shown: string;
  /** What the paths of requests are added to; without user and password. */
  readonly base: string;
  /** For the header of that name; `null` without user and password. */
  readonly authorization: string | null;
}

/** One request. */
export interface CookieCloudRequest {
  /** JSON, compressed by gzip: sent with POST. Without it the request is a GET. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
  /** The longest a request may take, with its redirects. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const REDIRECTS_MAX = 5;
/** The server takes 50 MB. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
/** The answers that name another address. 303 is none for us: it would make a GET of a POST. */
const MOVED: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** @throws {HoldfastError} `CONFIG` for what is not the address of a server */
export function serverOf(address: string): CookieCloudServer {
  const url = URL.parse(address.trim());
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new HoldfastError({
      code: "CONFIG",
      message: "the address of a CookieCloud server must be a URL with http or https, without '?' and '#'",
      hint: "for example https://cookies.example.com",
    });
  }
  const user = `${safeDecode(url.username)}:${safeDecode(url.password)}`;
  return {
    shown: url.origin,
    base: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    authorization: user === ":" ? null : `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

/**
 * Asks the server, and gives the JSON of its answer. Redirects are followed to the same host only, and never
 * from https to http: uuid and password of a proxy are for this server.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `NOT_FOUND`, `FAILED` for a refusal, `CANCELLED`
 */
export async function requestJson(
  server: CookieCloudServer,
  path: string,
  request: CookieCloudRequest = {},
): Promise<unknown> {
  const { signal, timeoutMs = TIMEOUT_MS } = request;
  checkCancelled(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const response = await follow(server, path, request.body ?? null, either);
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(server, response.status);
    }
    return parseAnswer(server, await readAll(server, response));
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    checkCancelled(signal);
    const reason = timeout.aborted ? `does not answer within ${timeoutMs / 1000} s` : "cannot be reached";
    throw unreachable(`${server.shown} ${reason}`, withoutAddress(cause));
  }
}

async function follow(
  server: CookieCloudServer,
  path: string,
  body: Uint8Array<ArrayBuffer> | null,
  signal: AbortSignal,
): Promise<Response> {
  let url = new URL(`${server.base}${path}`);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const response = await fetch(url.href, {
      method: body === null ? "GET" : "POST",
      headers: {
        accept: "application/json",
        ...(body !== null && { "content-type": "application/json", "content-encoding": "gzip" }),
        ...(server.authorization !== null && { authorization: server.authorization }),
      },
      body,
      redirect: "manual",
      signal,
    });
    if (!MOVED.has(response.status)) return response;
    await response.body?.cancel();
    const next = URL.parse(response.headers.get("location") ?? "", url.href);
    const isDowngrade = url.protocol === "https:" && next?.protocol !== "https:";
    if (next === null || next.hostname !== url.hostname || isDowngrade || !next.protocol.startsWith("http"))
      throw unreachable(`${server.shown} sends to another server, or to one without https`);
    url = next;
  }
  throw unreachable(`${server.shown} sends from one address to the next without an end`);
}

async function readAll(server: CookieCloudServer, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > ANSWER_MAX_BYTES) throw unreachable(`the answer of ${server.shown} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseAnswer(server: CookieCloudServer, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreachable(`${server.shown} does not answer as a CookieCloud server`);
  }
}

function refusal(server: CookieCloudServer, status: number): HoldfastError {
  const message = `${server.shown} answers with status ${status}`;
  if (status === 401 || status === 403 || status === 407)
    return new HoldfastError({
      code: "STORE_AUTH",
      message,
      hint: "the server, or a proxy before it, asks for a user and a password: put them in the address",
    });
  if (status === 404)
    return new HoldfastError({
      code: "NOT_FOUND",
      message,
      hint: "compare the address with the extension's",
    });
  if (status === 408 || status === 429 || status >= 500) return unreachable(message);
  return new HoldfastError({ code: "FAILED", message, hint: "look at the log of the server" });
}

function unreachable(message: string, cause?: unknown): HoldfastError {
  const hint = "check the address, and that the server runs";
  return new HoldfastError({ code: "STORE_UNREACHABLE", message, hint, cause });
}

function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" });
}

/** The reason below the error of `fetch`, such as ECONNREFUSED. */
function withoutAddress(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a '%' that stands for itself
  }
}
