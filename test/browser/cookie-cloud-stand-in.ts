import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** A request that the stand-in saw. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** As it came, after gzip. */
  readonly body: string;
}

/** How the next answers differ from those of a healthy server; `null` for none. */
export type Fault =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | "hang";

/** A stand-in for the server of CookieCloud: the two calls that clients make. */
export interface CookieCloudStandIn extends AsyncDisposable {
  readonly url: string;
  /** What is kept, by uuid. */
  readonly kept: Map<string, string>;
  readonly seen: SeenRequest[];
  /** Decides before the server does. */
  fault: ((request: SeenRequest) => Fault | null) | null;
}

/** Starts the stand-in on a port of its own, below a path as `API_ROOT` of the real server sets it. */
export async function cookieCloudStandIn(root = ""): Promise<CookieCloudStandIn> {
  const standIn: Omit<CookieCloudStandIn, "url" | typeof Symbol.asyncDispose> = {
    kept: new Map(),
    seen: [],
    fault: null,
  };
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const seen = { method, url, headers, body: await readBody(request) };
    standIn.seen.push(seen);
    const fault = standIn.fault?.(seen) ?? null;
    if (fault === "hang") return;
    const answer = fault ?? answerOf(seen, root, standIn.kept);
    response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
  };
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${port}${root}`,
    [Symbol.asyncDispose]: () => close(server),
  });
}

function answerOf(
  { method, url, body }: SeenRequest,
  root: string,
  kept: Map<string, string>,
): Exclude<Fault, "hang"> {
  const headers = { "content-type": "application/json" };
  if (method === "POST" && url === `${root}/update`) {
    const { uuid, encrypted, crypto_type: kind = "legacy" } = JSON.parse(body) as Record<string, string>;
    if (uuid === undefined || encrypted === undefined || uuid === "" || encrypted === "")
      return { status: 400, body: "Bad Request" };
    kept.set(uuid, JSON.stringify({ encrypted, crypto_type: kind }));
    return { status: 200, headers, body: JSON.stringify({ action: "done" }) };
  }
  const uuid = url.startsWith(`${root}/get/`) ? decodeURIComponent(url.slice(`${root}/get/`.length)) : "";
  const found = kept.get(uuid);
  return found === undefined ? { status: 404, body: "Not Found" } : { status: 200, headers, body: found };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await buffer(request);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
