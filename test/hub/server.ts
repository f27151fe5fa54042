import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { cdn } from "./api/cdn.ts";
import { branchUpdated } from "./api/commit.ts";
import { type Answer, type Call, type HubState, text } from "./call.ts";
import type { Fault, Link, Faults, Origin } from "./faults.ts";
import { HubError } from "./hub-error.ts";
import { classOf, rateHeaders, tooManyCommits } from "./rate-limits.ts";
import { handle } from "./routes.ts";

/** A request as it came in, and what became of it. */
export interface LoggedRequest {
  /** By the clock of the Hub. */
  readonly timeMs: number;
  readonly origin: Origin;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly fault: Fault["kind"] | null;
  /** `null` while there is no answer, and for ever when the connection was reset instead. */
  readonly status: number | null;
  /** By `performance.now()`: when it came in, and when its answer was sent; for counting rounds. */
  readonly startedMs: number;
  readonly endedMs: number | null;
}

/** What a listener needs. */
export interface ListenerOptions {
  readonly origin: Origin;
  readonly state: () => HubState;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** 0 for any that is free. */
  readonly port: number;
}

/** A listening server. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
}

type Log = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] };

/** Listens on this machine only. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const stopped = new AbortController();
  const server = createServer((request, response) => {
    serve(request, response, options, stopped.signal).catch(() => request.socket.destroy());
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await close(server);
    },
  };
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { origin, state: stateOf, faults, requests }: ListenerOptions,
  signal: AbortSignal,
): Promise<void> {
  const state = stateOf();
  const method = request.method ?? "GET";
  const path = request.url ?? "/";
  const fault = faults.next({ origin, method, path });
  const log: Log = {
    timeMs: state.now(),
    origin,
    method,
    path,
    headers: request.headers,
    fault: fault?.kind ?? null,
    status: null,
    startedMs: performance.now(),
    endedMs: null,
  };
  requests.push(log);
  if (fault?.kind === "reset") return reset(request);
  const body = await readBody(request);
  if (fault?.kind === "hang") return;
  const url = new URL(path, origin === "hub" ? state.url : state.cdnUrl);
  const answer = answerTo(
    { state, method, url, headers: request.headers, body, token: null, fault: null },
    fault,
    origin,
  );
  if (fault?.kind === "answer-lost") return reset(request);
  if (fault?.kind === "slow") {
    await wait(fault.delayMs + transferMs(fault.link, answer.body?.length ?? 0), undefined, { signal });
  }
  log.status = answer.status;
  log.endedMs = performance.now();
  send(request, response, answer, fault);
}

/** How long a body takes, behind all that is on the line already. */
function transferMs(link: Link | undefined, sizeBytes: number): number {
  if (link === undefined) return 0;
  const now = performance.now();
  link.freeAtMs = Math.max(link.freeAtMs, now) + (sizeBytes / link.bytesPerSecond) * 1000;
  return link.freeAtMs - now;
}

/** Nothing in it waits, so that what a request does is one instant for the others. */
function answerTo(call: Call, fault: Fault | null, origin: Origin): Answer {
  const { state, url, headers, method } = call;
  const requestId = { "x-request-id": `Root=1-${randomUUID()}` };
  let shared: Record<string, string> = requestId;
  try {
    if (origin === "cdn") {
      throwFault(fault, state);
      return withHeaders(cdn({ ...call, fault: fault?.kind ?? null }), shared);
    }
    const token = state.accounts.identify(headers.authorization);
    const count = state.rates.count(token?.user ?? "", url.pathname, state.now());
    shared = { ...requestId, ...count.headers };
    if (count.isOver) throw new HubError(429, "You have been rate limited. Please wait and try again.");
    throwFault(fault, state, url.pathname);
    return withHeaders(handle({ ...call, token, fault: fault?.kind ?? null }), shared);
  } catch (error) {
    if (error instanceof PlannedAnswer) return withHeaders(error.answer, shared);
    if (error instanceof HubError) return withHeaders(errorAnswer(error, url, origin), shared);
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`the stand-in Hub failed at ${method} ${url.pathname}: ${message}\n`);
    return withHeaders(errorAnswer(new HubError(500, "Internal Error"), url, origin), shared);
  }
}

/** Carries an answer that was planned out of the handling. */
class PlannedAnswer extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super("a planned answer");
    this.answer = answer;
  }
}

function throwFault(fault: Fault | null, state: HubState, path = "/"): void {
  switch (fault?.kind) {
    case "status":
      throw new PlannedAnswer({ ...text(fault.body ?? "", fault.status), headers: fault.headers ?? {} });
    case "rate-limit": {
      const { waitSeconds, hasRetryAfter } = fault;
      const { windowSeconds, apiRequests } = state.limits;
      throw new HubError(429, "You have been rate limited. Please wait and try again.", {
        headers: {
          ...rateHeaders(classOf(path), 0, waitSeconds, apiRequests, windowSeconds),
          ...(hasRetryAfter === true ? { "retry-after": String(waitSeconds) } : {}),
        },
      });
    }
    case "commit-quota":
      throw tooManyCommits(state.limits.commitsPerHour);
    case "server-error":
      throw new HubError(500, "Internal Error - We're working hard to fix this as soon as possible!");
    case "bad-gateway":
      throw new PlannedAnswer({
        status: 502,
        headers: { "content-type": "text/html" },
        body: Buffer.from("<html><head><title>502 Bad Gateway</title></head><body></body></html>"),
      });
    case "conflict":
      throw branchUpdated();
    case undefined:
    case "answer-lost":
    case "corrupted":
    case "expired-url":
    case "hang":
    case "not-yet":
    case "reset":
    case "slow":
    case "stale-head":
    case "truncated":
  }
}

/** Errors are JSON on the interface, XML from the second origin, and text elsewhere. */
function errorAnswer(error: HubError, url: URL, origin: Origin): Answer {
  const { status, message, code } = error;
  const headers: Record<string, string> = {
    ...(origin === "hub" ? { "x-error-message": message } : {}),
    ...(code === null ? {} : { "x-error-code": code }),
    ...error.headers,
  };
  if (origin === "cdn") {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    return { status, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
  }
  const isGit = /^\/datasets\/[^/]+\/[^/]+\/(?:HEAD|info\/refs|objects\/)/.test(url.pathname);
  if (isGit && status === 401) headers["www-authenticate"] = 'Basic realm="Authentication required"';
  const isJson = /^\/api\/(?!resolve-cache)|\/info\/lfs\//.test(url.pathname);
  if (isJson)
    return {
      status,
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: Buffer.from(JSON.stringify({ error: message, ...error.fields })),
    };
  return { ...text(message, status), headers: { "content-type": "text/plain; charset=utf-8", ...headers } };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: Fault | null): void {
  const body = Buffer.from(answer.body ?? Buffer.alloc(0));
  response.writeHead(answer.status, { ...answer.headers, "content-length": String(body.length) });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (fault?.kind === "truncated") {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
    return;
  }
  const middle = Math.floor(body.length / 2);
  if (fault?.kind === "corrupted" && body.length > 0) body[middle] = (body[middle] ?? 0) ^ 1;
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}
