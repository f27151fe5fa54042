import { assertCookies } from "../cookie-rules.ts";
import type { Cookie, CookieJar } from "../cookie.ts";
import { readBiDiCookies, writeBiDiCookies } from "./bidi-cookies.ts";
import { readBiDiStorage, writeBiDiStorage } from "./bidi-storage.ts";
import { readCdpCookies, writeCdpCookies } from "./cdp-cookies.ts";
import { readCdpStorage, writeCdpStorage } from "./cdp-storage.ts";
import { connectBrowser } from "./connect.ts";
import type { SocketOptions } from "./json-socket.ts";

/**
 * Reads what a running browser has: all cookies, those of the session included, and the localStorage of
 * the origins that it has open. Nothing changes in the browser.
 *
 * @param connectUrl `http://127.0.0.1:9222`, or the WebSocket of CDP or WebDriver BiDi
 * @throws HoldfastError `BROWSER_UNREACHABLE`, `CONFIG`, `CANCELLED`, `FAILED`
 */
export async function readBrowser(connectUrl: string, options: SocketOptions): Promise<CookieJar> {
  await using connection = await connectBrowser(connectUrl, options);
  const { protocol, socket } = connection;
  return protocol === "cdp"
    ? { cookies: await readCdpCookies(socket), localStorage: await readCdpStorage(socket) }
    : { cookies: await readBiDiCookies(socket), localStorage: await readBiDiStorage(socket) };
}

/**
 * Reads the cookies only, as {@link readBrowser} does.
 *
 * @throws HoldfastError as {@link readBrowser}
 */
export async function readBrowserCookies(
  connectUrl: string,
  options: SocketOptions,
): Promise<readonly Cookie[]> {
  await using connection = await connectBrowser(connectUrl, options);
  const { protocol, socket } = connection;
  return await (protocol === "cdp" ? readCdpCookies(socket) : readBiDiCookies(socket));
}

/**
 * Puts cookies and localStorage into a running browser, in place of what has the same names. Each
 * origin with localStorage is opened for a moment in a tab of its own, answered from here, so that nothing is
 * asked of the network; the tab is closed again.
 *
 * @throws HoldfastError as {@link readBrowser}; `COOKIE_FILE` when a cookie is refused
 */
export async function writeBrowser(
  connectUrl: string,
  jar: CookieJar,
  options: SocketOptions,
): Promise<void> {
  assertCookies(jar.cookies);
  await using connection = await connectBrowser(connectUrl, options);
  const { protocol, socket } = connection;
  if (protocol === "cdp") {
    await writeCdpStorage(socket, jar.localStorage);
    await writeCdpCookies(socket, jar.cookies);
  } else {
    await writeBiDiStorage(socket, jar.localStorage);
    await writeBiDiCookies(socket, jar.cookies);
  }
}
