import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { serveOnLoopback } from "../support/loopback-server.ts";

/** A site with a page that writes to all its storage (`page.html`), served on this machine only. */
export interface Site extends AsyncDisposable {
  /** Where the page writes and looks. */
  readonly url: string;
  /** The origin of one login; all of them belong to one site, so that they share cookies. */
  loginUrl(number: number): string;
}

/** Browsers take every name below `localhost` for this machine; two labels, so that cookies can be shared. */
const HOST = "app.localhost";
const LIFE_SECONDS = 10 * 24 * 3600;

/** Starts the site on a free port. */
export async function startSite(): Promise<Site> {
  const page = await readFile(join(import.meta.dirname, "page.html"));
  const server = await serveOnLoopback((request, response) => answer(request, response, page));
  const { port } = server;
  return {
    url: `http://${HOST}:${port}/`,
    loginUrl: (number) => `http://login${number}.${HOST}:${port}/`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, page: Buffer): void {
  const [, place, number] = (request.url ?? "").split("/");
  if (place === "cookies") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(cookiesOf(request)));
  } else if (place === "login" && request.method === "POST") {
    const attributes = `Domain=${HOST}; HttpOnly; SameSite=Lax; Path=/; Max-Age=${LIFE_SECONDS}`;
    response.writeHead(204, { "set-cookie": `login${number}=yes; ${attributes}` }).end();
  } else {
    response.setHeader("content-type", "text/html; charset=utf-8").end(page);
  }
}

function cookiesOf(request: IncomingMessage): Record<string, string> {
  const pairs = (request.headers.cookie ?? "").split("; ").filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string]));
}
