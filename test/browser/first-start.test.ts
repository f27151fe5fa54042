import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { startWebApp } from "../../demo/web-app.ts";
import type { CookieJar } from "../../src/browser/cookie.ts";
import { createProfile } from "../../src/browser/databases/profile.ts";
import { readBrowser, writeBrowser } from "../../src/browser/live/browser.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { installedBrowsers, startBrowser } from "./running-browser.ts";
import { evaluateAt } from "./visit.ts";

const limit = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(55_000) });
const ASK = 'fetch("/session").then(({ status }) => status)';
const LOG_IN = `fetch("/session", { method: "POST" }).then(() => localStorage.setItem("name", "ada"))`;

describe.each(await installedBrowsers())("%s", (kind) => {
  it("is logged in at the first start of a fresh profile", async () => {
    await using app = await startWebApp();
    await using folder = await temporaryFolder();
    const before = await logInto(app.url);
    await createProfile(kind, folder.at("profile"), before.cookies);
    await using browser = await startBrowser(kind, folder.at("profile"));
    expect(await evaluateAt({ kind, url: browser.url }, app.url, ASK)).toBe(204);
  });

  it("gives and takes a login while it runs, without asking the site, and keeps its tabs", async () => {
    await using folder = await temporaryFolder();
    await using browser = await startBrowser(kind, folder.at("profile"));
    let jar: CookieJar;
    let page: string;
    {
      await using app = await startWebApp();
      page = app.url;
      await evaluateAt({ kind, url: browser.url }, page, LOG_IN);
      jar = await readBrowser(browser.url, limit());
    }
    expect(jar.cookies.map(({ name }) => name)).toEqual(["session"]);
    expect(jar.localStorage).toEqual([{ origin: page, items: [{ name: "name", value: "ada" }] }]);

    await using other = await temporaryFolder();
    await using target = await startBrowser(kind, other.at("profile"));
    // The app is gone: a request would fail.
    await writeBrowser(target.url, jar, limit());
    const after = await readBrowser(target.url, limit());
    expect(after.cookies.map(({ name, value }) => ({ name, value }))).toEqual(
      jar.cookies.map(({ name, value }) => ({ name, value })),
    );
    expect(after.localStorage).toEqual([]);
    await using _server = await listenAt(page);
    expect(await evaluateAt({ kind, url: target.url }, page, 'localStorage.getItem("name")')).toBe("ada");
  });
});

/** What a browser has after a login, made by another one. */
async function logInto(url: string): Promise<CookieJar> {
  const response = await fetch(`${url}/session`, { method: "POST" });
  const [name = "", value = ""] = (response.headers.get("set-cookie") ?? "").split(";")[0]?.split("=") ?? [];
  const cookie = {
    name,
    value,
    host: "127.0.0.1",
    hostOnly: true,
    path: "/",
    expiresMs: Date.now() + 3_600_000,
    secure: false,
    httpOnly: true,
    sameSite: "strict",
    partition: null,
    container: 0,
    sourceScheme: null,
    sourcePort: null,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
  } as const;
  return { cookies: [cookie], localStorage: [] };
}

/** An empty page on the port of an app that has ended. */
async function listenAt(url: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_request, response) => response.end("<!doctype html>"));
  server.listen(Number(new URL(url).port), "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
