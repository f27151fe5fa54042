import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { readBrowser, writeBrowser } from "../../src/browser/live/browser.ts";
import { plainCookie } from "./plain-cookie.ts";

const signal = AbortSignal.timeout(50_000);

describe("connecting to a browser", () => {
  it("says when nothing answers, and what does not is no browser", async () => {
    await using gone = await serve(() => undefined);
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    for (const address of [url, url.replace("http", "ws"), `${url.replace("http", "ws")}/session`]) {
      await expect(readBrowser(address, { signal })).rejects.toMatchObject({
        code: "BROWSER_UNREACHABLE",
        retry: true,
      });
    }
    await using other = await serve((_request, response) => response.writeHead(404).end("no"));
    await expect(readBrowser(other.url, { signal })).rejects.toMatchObject({ code: "BROWSER_UNREACHABLE" });
  });

  it("keeps what is secret in an address to itself", async () => {
    await using other = await serve((_request, response) => response.writeHead(404).end());
    const secret = `${other.url.replace("http://", "ws://user:hidden@")}/devtools?token=hidden`;
    const failure: unknown = await readBrowser(secret, { signal }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "BROWSER_UNREACHABLE" });
    expect(JSON.stringify(failure)).not.toContain("hidden");
  });

  it("takes only addresses, and only cookies that a browser can hold", async () => {
    for (const address of ["", "9222", "file:///etc/passwd", "ftp://127.0.0.1"]) {
      await expect(readBrowser(address, { signal })).rejects.toMatchObject({ code: "CONFIG" });
    }
    const jar = { cookies: [plainCookie({ value: "a\0b" })], localStorage: [] };
    await expect(writeBrowser("http://127.0.0.1:1", jar, { signal })).rejects.toMatchObject({
      code: "COOKIE_FILE",
    });
  });

  it("ends when it is told to, also while a browser says nothing", async () => {
    const stop = new AbortController();
    await using mute = await serve(() => stop.abort());
    await expect(readBrowser(mute.url, { signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(readBrowser(mute.url, { signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
