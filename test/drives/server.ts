import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Fetch } from "../../src/base/fetch.ts";

/** A request as the provider would see it. */
export interface Call {
  readonly method: string;
  /** With the provider's own host. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** What goes wrong, for the requests that it fits. */
export interface Fault {
  readonly fits: (call: Call) => boolean;
  /** How often; once when left out. */
  times?: number;
  /** Requests that fit and still go well before it begins. */
  after?: number;
  /** `lost`: nothing arrives; `answer-lost`: all is done, and nobody is told. */
  readonly does: "lost" | "answer-lost" | Answer | (() => void | Promise<void>);
}

/** A stand-in that listens on this machine only. */
export interface DriveServer extends AsyncDisposable {
  readonly url: string;
  /** A `fetch` for which the provider's hosts are here. Whatever is not encrypted is refused. */
  readonly fetch: Fetch;
  /** All that came in, in order. */
  readonly calls: Call[];
  readonly faults: Fault[];
  /** What the line carries, in bytes a second; `null` for all there is. */
  bytesPerSecond: number | null;
}

/** The time of a stand-in, which a test moves. */
export interface Clock {
  nowMs: number;
}

/** Answers by throwing it. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`status ${status}: ${JSON.stringify(body)}`);
    this.answer = { status, headers, body };
  }
}

/** Starts a stand-in. Requests arrive at `/<host of the provider>/<path>`. */
export async function startServer(handle: (call: Call) => Answer): Promise<DriveServer> {
  const server = createServer((request, response) => {
    serve(request, response, state, handle).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: DriveServer = {
    url,
    calls: [],
    faults: [],
    bytesPerSecond: null,
    fetch: (address, init) => {
      if (!address.startsWith("https://")) throw new Error(`not encrypted: ${address}`);
      return fetch(`${url}/${address.slice("https://".length)}`, init);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return state;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  state: DriveServer,
  handle: (call: Call) => Answer,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const call: Call = {
    method: request.method ?? "GET",
    url: new URL(`https://${(request.url ?? "/").slice(1)}`),
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
  state.calls.push(call);
  const fault = nextFault(state.faults, call)?.does;
  if (typeof fault === "function") await fault();
  if (fault === "lost") return void request.socket.resetAndDestroy();
  const answer = typeof fault === "object" ? fault : answerTo(call, handle);
  if (fault === "answer-lost") return void request.socket.resetAndDestroy();
  const isBytes = answer.body instanceof Uint8Array;
  const body = isBytes
    ? Buffer.from(answer.body)
    : answer.body === undefined
      ? Buffer.alloc(0)
      : Buffer.from(JSON.stringify(answer.body));
  if (state.bytesPerSecond !== null)
    await wait(((call.body.length + body.length) / state.bytesPerSecond) * 1000);
  const headers = { ...(isBytes ? {} : { "content-type": "application/json" }), ...answer.headers };
  const hasNoBody = answer.status === 204 || answer.status === 304;
  response.writeHead(
    answer.status,
    hasNoBody ? headers : { ...headers, "content-length": String(body.length) },
  );
  response.end(hasNoBody ? undefined : body);
}

function nextFault(faults: Fault[], call: Call): Fault | null {
  for (const fault of faults) {
    if ((fault.times ?? 1) === 0 || !fault.fits(call)) continue;
    if ((fault.after ?? 0) > 0) {
      fault.after = (fault.after ?? 0) - 1;
      continue;
    }
    fault.times = (fault.times ?? 1) - 1;
    return fault;
  }
  return null;
}

/** Nothing in it waits, so that what a request does is one instant for the others. */
function answerTo(call: Call, handle: (call: Call) => Answer): Answer {
  try {
    return handle(call);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    process.stderr.write(`the stand-in failed at ${call.method} ${call.url.pathname}: ${String(error)}\n`);
    return { status: 501, body: { error: { code: "standInFailed", message: String(error) } } };
  }
}

/** Fails on a parameter that the provider does not have, or that is not one of the values. */
export function checkQuery(url: URL, allowed: readonly string[]): void {
  for (const name of url.searchParams.keys()) {
    if (!allowed.includes(name))
      throw new Refusal(400, { error: { code: "invalidRequest", message: `unknown parameter ${name}` } });
  }
}

/** A part of a body as `Range` asks for it. */
export function ranged(bytes: Buffer, range: string | undefined): Answer {
  if (range === undefined) return { status: 200, body: bytes };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === undefined || Number(last) < Number(first)) throw new Refusal(400, { error: "bad range" });
  if (Number(first) >= bytes.length)
    return { status: 416, headers: { "content-range": `bytes */${bytes.length}` }, body: Buffer.alloc(0) };
  const end = Math.min(Number(last) + 1, bytes.length);
  return {
    status: 206,
    headers: { "content-range": `bytes ${first}-${end - 1}/${bytes.length}` },
    body: bytes.subarray(Number(first), end),
  };
}
