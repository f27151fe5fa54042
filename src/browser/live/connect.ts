import { HoldfastError } from "../../base/errors.ts";
import {
  cancelled,
  type JsonSocket,
  openJsonSocket,
  type SocketOptions,
  unreachable,
} from "./json-socket.ts";

/** A running browser and the protocol that it speaks. */
export interface Connection extends AsyncDisposable {
  readonly protocol: "cdp" | "bidi";
  readonly socket: JsonSocket;
}

const ANSWER_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/**
 * Finds out what listens at an address, and connects.
 *
 * @param url `http://host:port` as given to `--remote-debugging-port`, or a WebSocket: one that ends in
 *   `/session` is WebDriver BiDi, any other with a path is CDP
 * @throws HoldfastError `BROWSER_UNREACHABLE`, `CONFIG` when `url` is none, `CANCELLED`
 */
export async function connectBrowser(url: string, options: SocketOptions): Promise<Connection> {
  const address = parseAddress(url);
  const isSocket = address.protocol === "ws:" || address.protocol === "wss:";
  if (isSocket && address.pathname !== "/") {
    return address.pathname.endsWith("/session")
      ? await connectBiDi(url, options)
      : { ...(await withDispose(openJsonSocket(url, options))), protocol: "cdp" };
  }
  const secure = address.protocol === "wss:" || address.protocol === "https:" ? "s" : "";
  const debuggerUrl = await findDebugger(`http${secure}://${address.host}/json/version`, options.signal);
  if (debuggerUrl !== null) {
    return { ...(await withDispose(openJsonSocket(debuggerUrl, options))), protocol: "cdp" };
  }
  return await connectBiDi(`ws${secure}://${address.host}/session`, options);
}

function parseAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || !["http:", "https:", "ws:", "wss:"].includes(address.protocol)) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "the address of the browser is not a URL that begins with http:, https:, ws: or wss:",
      hint: "for example: --connect http://127.0.0.1:9222",
    });
  }
  return address;
}

/** The WebSocket that Chromium names; `null` when something else answers, which Firefox does. */
async function findDebugger(url: string, signal: AbortSignal): Promise<string | null> {
  if (signal.aborted) throw cancelled();
  let text: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    if (!response.ok) {
      await response.body?.cancel();
      return null;
    }
    if (Number(response.headers.get("content-length") ?? 0) > MAX_BYTES) throw new Error("too long");
    text = await response.text();
  } catch {
    throw signal.aborted ? cancelled() : unreachable(url, "nothing answers there");
  }
  try {
    const { webSocketDebuggerUrl } = JSON.parse(text) as { webSocketDebuggerUrl?: unknown };
    return typeof webSocketDebuggerUrl === "string" ? webSocketDebuggerUrl : null;
  } catch {
    // Not Chromium's list.
    return null;
  }
}

async function connectBiDi(url: string, options: SocketOptions): Promise<Connection> {
  const socket = await openJsonSocket(url, options);
  try {
    await socket.request("session.new", { capabilities: {} });
  } catch (error) {
    await socket[Symbol.asyncDispose]();
    if (error instanceof HoldfastError && error.code === "FAILED") {
      // Firefox has one session at a time.
      throw unreachable(url, "it takes no further session", "end the other program that controls it first");
    }
    throw error;
  }
  return {
    protocol: "bidi",
    socket,
    async [Symbol.asyncDispose]() {
      // A browser that is gone has no session any more.
      await socket.request("session.end", {}).catch(() => undefined);
      await socket[Symbol.asyncDispose]();
    },
  };
}

async function withDispose(opening: Promise<JsonSocket>): Promise<Omit<Connection, "protocol">> {
  const socket = await opening;
  return { socket, [Symbol.asyncDispose]: async () => await socket[Symbol.asyncDispose]() };
}
