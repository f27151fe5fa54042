import { HoldfastError } from "../../base/errors.ts";

/** Parameters and results of a protocol: plain JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** A conversation with a browser: CDP and WebDriver BiDi frame their messages alike. */
export interface JsonSocket extends AsyncDisposable {
  /**
   * Sends a command and waits for its result.
   *
   * @param session CDP only: the target to send it to
   * @throws HoldfastError `BROWSER_UNREACHABLE` when no answer comes, `FAILED` when the browser refuses
   */
  request(method: string, parameters: Json, session?: string): Promise<Json>;
  /** Calls `listener` for every event with that name until the conversation ends. */
  listen(event: string, listener: (parameters: Json, session: string | null) => void): void;
}

/** What can end a conversation early. */
export interface SocketOptions {
  readonly signal: AbortSignal;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;
const CLOSE_MS = 2_000;

interface Waiting {
  readonly method: string;
  readonly resolve: (result: Json) => void;
  readonly reject: (error: HoldfastError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Opens a WebSocket. No message of the other side is ever quoted: it could hold a cookie.
 *
 * @throws HoldfastError `BROWSER_UNREACHABLE`, `CANCELLED`
 */
export async function openJsonSocket(url: string, { signal }: SocketOptions): Promise<JsonSocket> {
  if (signal.aborted) throw cancelled();
  const socket = new WebSocket(url);
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, ((parameters: Json, session: string | null) => void)[]>();
  let ended: HoldfastError | null = null;
  let count = 0;

  const end = (error: HoldfastError): void => {
    ended ??= error;
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(ended);
    }
    waiting.clear();
  };
  socket.addEventListener("message", ({ data }) => take(data, waiting, listeners));
  socket.addEventListener("close", () => end(unreachable(url, "it closed the connection")));
  const abort = (): void => {
    end(cancelled());
    socket.close();
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    await opened(socket, url, signal);
  } catch (error) {
    signal.removeEventListener("abort", abort);
    throw error;
  }

  return {
    async request(method, parameters, session) {
      if (ended !== null) throw ended;
      return await new Promise<Json>((resolve, reject) => {
        const id = ++count;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(unreachable(url, `it did not answer '${method}' in ${ANSWER_MS / 1000} s`));
        }, ANSWER_MS);
        waiting.set(id, { method, resolve, reject, timer });
        const target = session === undefined ? {} : { sessionId: session };
        socket.send(JSON.stringify({ id, method, params: parameters, ...target }));
      });
    },
    listen(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", abort);
      await closed(socket);
    },
  };
}

/** The address without what could be a secret in it. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return "the given address";
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Nothing answers at `url` as a browser would. */
export function unreachable(url: string, reason: string, hint?: string): HoldfastError {
  return new HoldfastError({
    code: "BROWSER_UNREACHABLE",
    message: `no browser can be reached at ${placeOf(url)}: ${reason}`,
    hint: hint ?? "start the browser with --remote-debugging-port=9222, and give --connect the same port",
  });
}

/** What is thrown once the caller's signal says stop. */
export function cancelled(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "cancelled" });
}

async function opened(socket: WebSocket, url: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(signal.aborted ? cancelled() : unreachable(url, reason));
    };
    const timer = setTimeout(() => {
      fail(`it did not answer in ${CONNECT_MS / 1000} s`);
      socket.close();
    }, CONNECT_MS);
    socket.addEventListener("open", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.addEventListener("error", () => fail("it does not accept the connection"));
    socket.addEventListener("close", () => fail("it does not accept the connection"));
  });
}

function take(
  data: unknown,
  waiting: Map<number, Waiting>,
  listeners: ReadonlyMap<string, ((parameters: Json, session: string | null) => void)[]>,
): void {
  const message = parse(data);
  if (message === null) return;
  const { id, method, params, sessionId, result, error } = message;
  if (typeof id !== "number") {
    const session = typeof sessionId === "string" ? sessionId : null;
    for (const listener of listeners.get(String(method)) ?? []) listener((params ?? {}) as Json, session);
    return;
  }
  const request = waiting.get(id);
  if (request === undefined) return;
  waiting.delete(id);
  clearTimeout(request.timer);
  if (error === undefined) request.resolve((result ?? {}) as Json);
  else request.reject(refused(request.method));
}

function parse(data: unknown): Json | null {
  if (typeof data !== "string") return null;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" && message !== null ? (message as Json) : null;
  } catch {
    // Not a message of these protocols.
    return null;
  }
}

function refused(method: string): HoldfastError {
  return new HoldfastError({
    code: "FAILED",
    message: `the browser refused '${method}'`,
    hint: "update the browser, or close it and use its profile instead of --connect",
  });
}

async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise<void>((resolve) => {
    // A browser that hangs does not keep us.
    const timer = setTimeout(resolve, CLOSE_MS);
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close();
  });
}
