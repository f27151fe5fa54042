import { readFile } from "node:fs/promises";
import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startWebApp } from "../../demo/web-app.ts";
import type { BrowserKind } from "../../src/browser/find-profiles.ts";
import { start } from "../support/run.ts";

/** The demo app, watched: what it says to browsers that ask whether they are logged in. */
export interface WatchedApp extends AsyncDisposable {
  readonly url: string;
  /** A session of the app, as its cookie has it. */
  logIn(): Promise<string>;
  /** What the next browser is told: 204 when it is logged in, 401 when it is not. */
  nextStatus(): Promise<number>;
}

const WAIT_MS = 60_000;
const POLL_MS = 50;

/** Starts the demo app behind a server that only listens. */
export async function startWatchedApp(): Promise<WatchedApp> {
  const app = await startWebApp();
  let tell: (status: number) => void = () => undefined;
  const server = createServer((request, response) => {
    const { method, headers, url = "/" } = request;
    const forwarded = sendRequest(app.url + url, { method, headers }, (answer) => {
      if (method === "GET" && url === "/session") tell(answer.statusCode ?? 0);
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async logIn() {
      const { headers } = await fetch(`${app.url}/session`, { method: "POST" });
      return /^session=([^;]+)/.exec(headers.getSetCookie()[0] ?? "")?.[1] ?? "";
    },
    nextStatus: async () =>
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no browser asked the app")), WAIT_MS);
        tell = (status) => {
          clearTimeout(timer);
          resolve(status);
        };
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

/** A browser without a window. */
export interface RunningBrowser extends AsyncDisposable {
  /** What `--connect` takes. */
  readonly address: string;
}

const ARGUMENTS: Readonly<Record<BrowserKind, (profile: string) => string[]>> = {
  chromium: (profile) => [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--password-store=basic",
    `--user-data-dir=${profile}`,
  ],
  firefox: (profile) => ["--headless", "--no-remote", "--profile", profile],
};

/** Where each browser writes down the port that it has taken. */
const PORT_FILES: Readonly<Record<BrowserKind, string>> = {
  chromium: "DevToolsActivePort",
  firefox: "WebDriverBiDiServer.json",
};

/** Starts a browser on a page, and waits until it can be driven. */
export async function openBrowser(
  kind: BrowserKind,
  program: string,
  place: { readonly profile: string; readonly home: string; readonly url: string },
): Promise<RunningBrowser> {
  const { profile, home, url } = place;
  const browser = start(program, [...ARGUMENTS[kind](profile), "--remote-debugging-port=0", url], {
    env: { ...process.env, HOME: home },
  });
  const close = async (): Promise<void> => {
    browser.kill("SIGTERM");
    await browser.ended;
  };
  try {
    const file = join(profile, PORT_FILES[kind]);
    for (const endMs = Date.now() + WAIT_MS; Date.now() < endMs; await pause(POLL_MS)) {
      const port = portIn(await readFile(file, "utf8").catch(() => ""));
      if (port !== null) {
        return { address: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
      }
    }
    throw new Error(`${kind} does not listen`);
  } catch (error) {
    await close();
    throw error;
  }
}

/** The first line of Chromium's file, a field of Firefox's. */
function portIn(text: string): string | null {
  return /^(\d+)\n/.exec(text)?.[1] ?? /"ws_port":\s*(\d+)/.exec(text)?.[1] ?? null;
}
