import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HoldfastError } from "../base/errors.ts";
import { formatMetrics, METRICS_TYPE } from "./metrics.ts";
import type { RunStatus } from "./status.ts";

/** What answers hosts and monitors; disposed of, it answers nobody any more. */
export interface HealthServer extends AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
}

/** Nobody needs more: one host that looks, one monitor. */
const CONNECTIONS_MAX = 64;
/** For a whole request; a client that takes longer is no monitor. */
const REQUEST_MS = 5_000;

/**
 * Answers `/healthz` (200 while this process works), `/readyz` (200 while the app runs in normal mode on
 * the saved state, else 503 with the reason as JSON) and `/metrics` (for Prometheus). It shows nothing secret,
 * and does not keep the process alive.
 *
 * @param port 0 for any free one
 * @param status called for each request; must not throw
 * @throws {HoldfastError} `CONFIG` when the port is taken, not allowed or none of this machine's addresses
 */
export async function serveHealth(
  port: number,
  host: string,
  status: () => RunStatus,
): Promise<HealthServer> {
  const { createServer } = await import("node:http");
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => answer(request, response, status),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (error) {
    throw cannotListen(port, host, error);
  }
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

const PAGES: ReadonlyMap<string, (status: RunStatus) => Answer> = new Map([
  ["/healthz", () => text(200, "ok\n")],
  ["/readyz", readiness],
  [
    "/metrics",
    (status: RunStatus) => ({ code: 200, type: METRICS_TYPE, body: formatMetrics(status, new Date()) }),
  ],
]);

function answer(request: IncomingMessage, response: ServerResponse, status: () => RunStatus): void {
  const page = PAGES.get(request.url?.split("?", 1)[0] ?? "");
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (page !== undefined && !isRead) response.setHeader("allow", "GET, HEAD");
  const { code, type, body } =
    page === undefined
      ? text(404, "there are /healthz, /readyz and /metrics\n")
      : isRead
        ? page(status())
        : text(405, "only GET and HEAD\n");
  response.writeHead(code, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function text(code: number, body: string): Answer {
  return { code, type: "text/plain; charset=utf-8", body };
}

function readiness(status: RunStatus): Answer {
  const reason = whyNotReady(status);
  const { state, mode } = status;
  const body = `${JSON.stringify({ ready: reason === null, reason, state, mode })}\n`;
  return { code: reason === null ? 200 : 503, type: "application/json", body };
}

/** `null` when it is ready. */
function whyNotReady({ state, mode, quarantined, handedOver, app }: RunStatus): string | null {
  if (handedOver) return "another instance has taken over";
  if (state !== "normal" || mode !== "normal") return `the state is ${state}`;
  if (quarantined) return "the store was not reached before the app started";
  return app.pid === null ? "the app does not run" : null;
}

function cannotListen(port: number, host: string, cause: unknown): HoldfastError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there",
    EACCES: "this user may not",
    EADDRNOTAVAIL: "this machine does not have that address",
  };
  return new HoldfastError({
    code: "CONFIG",
    message: `the health port ${port} of ${host} cannot be opened: ${reasons[code] ?? code}`,
    hint: "choose another one with --health-port, which is not the port of your app",
    cause,
  });
}
