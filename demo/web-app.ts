import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** A small web app with a login, served on this machine only. */
export interface WebApp extends AsyncDisposable {
  /** Its origin; the same as long as it runs, because a browser keeps state for each origin. */
  readonly url: string;
}

const COOKIE = "session";
const COOKIE_LIFE_SECONDS = 7 * 24 * 3600;
const PAGE = join(import.meta.dirname, "page.html");

/** Starts the app on a free port. */
export async function startWebApp(): Promise<WebApp> {
  const sessions = new Set<string>();
  const page = await readFile(PAGE);
  const server = createServer((request, response) => answer(request, response, sessions, page));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Set<string>,
  page: Buffer,
): void {
  switch (`${request.method} ${request.url}`) {
    case "GET /":
      response.setHeader("content-type", "text/html; charset=utf-8").end(page);
      return;
    case "GET /session":
      // The page cannot see the cookie (HttpOnly), so it asks.
      response.writeHead(sessions.has(sessionOf(request)) ? 204 : 401).end();
      return;
    case "POST /session": {
      const session = randomUUID();
      sessions.add(session);
      const attributes = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_LIFE_SECONDS}`;
      response.writeHead(204, { "set-cookie": `${COOKIE}=${session}; ${attributes}` }).end();
      return;
    }
    default:
      response.writeHead(404).end();
  }
}

function sessionOf(request: IncomingMessage): string {
  const pairs = (request.headers.cookie ?? "").split("; ");
  const pair = pairs.find((text) => text.startsWith(`${COOKIE}=`));
  return pair?.slice(COOKIE.length + 1) ?? "";
}
