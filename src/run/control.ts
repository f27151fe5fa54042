import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { type Failure, fromFailure, toFailure } from "../base/failure.ts";

/** What a running supervisor can be asked for, from another process of the same user. */
export type ControlCommand = "save" | "done" | "adopt" | "status";

/** A question to a supervisor. */
export interface ControlRequest {
  readonly command: ControlCommand;
  /** For a save: by the supervisor only when this is its store (`storeKey`); else the result is `null`. */
  readonly store?: string;
  /** For a save: further tags. */
  readonly tags?: readonly string[];
}

/** Does what is asked; the result is plain data. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

type Answer = { readonly result: unknown } | { readonly failure: Failure };

/** Longest question, in characters. */
const MAX_QUESTION = 100_000;
/** Longest answer, in characters. */
const MAX_ANSWER = 10_000_000;

/** Where a supervisor of some state listens: a socket in a folder that only this user can enter. */
export function controlPath(state: readonly string[], environment: NodeJS.ProcessEnv): string {
  const names = [...new Set(state.map((folder) => resolve(folder)))].sort();
  const name = createHash("sha256").update(names.join("\0")).digest("hex").slice(0, 16);
  return join(runtimeFolder(environment), `${name}.sock`);
}

/**
 * Listens for commands; ended by an `await using`. Not while another supervisor of the same state does.
 *
 * @throws {HoldfastError} `LOCKED` when there is one; `PERMISSION` when the folder is not this user's alone
 */
export async function serveControl(path: string, handle: ControlHandler): Promise<AsyncDisposable> {
  makeOwn(dirname(path));
  if (await isAnswered(path)) {
    throw new HoldfastError({
      code: "LOCKED",
      message: "another holdfast run supervises this state on this machine",
      hint: "stop it first, or give each of them a state of its own with --state",
    });
  }
  rmSync(path, { force: true }); // of one that was killed
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    void serve(socket, handle);
  });
  await listening(server, path);
  chmodSync(path, 0o600);
  return {
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve: closed } = Promise.withResolvers<null>();
      server.close(() => closed(null));
      for (const socket of sockets) socket.destroy();
      await promise;
    },
  };
}

/**
 * Asks the supervisor at a socket.
 *
 * @returns `null` when none is there
 * @throws {HoldfastError} what it answers with
 */
export async function askControl(
  path: string,
  request: ControlRequest,
  signal?: AbortSignal,
): Promise<{ readonly result: unknown } | null> {
  // in a folder of somebody else, anybody may listen
  const socket = isOwn(dirname(path)) ? await connect(path) : null;
  if (socket === null) return null;
  const stop = (): void => {
    socket.destroy();
  };
  signal?.addEventListener("abort", stop);
  try {
    socket.end(JSON.stringify(request));
    const answer = JSON.parse(await readAll(socket, MAX_ANSWER)) as Answer;
    if ("failure" in answer) throw fromFailure(answer.failure);
    return answer;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError({
      code: signal?.aborted === true ? "CANCELLED" : "FAILED",
      message: "holdfast run ended before it answered",
      cause: error,
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    socket.destroy();
  }
}

/** The user's own runtime folder (XDG Base Directory Specification), or one below the temporary folder. */
function runtimeFolder(environment: NodeJS.ProcessEnv): string {
  const given = environment["XDG_RUNTIME_DIR"] ?? "";
  return isAbsolute(given) && isOwn(given)
    ? join(given, "holdfast")
    : join(tmpdir(), `holdfast-${process.getuid?.() ?? 0}`);
}

function makeOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isOwn(folder)) return;
  throw new HoldfastError({
    code: "PERMISSION",
    message: `the folder ${folder} can be entered by other users`,
    hint: "remove it, or name a folder of your own in XDG_RUNTIME_DIR",
  });
}

function isOwn(folder: string): boolean {
  try {
    const stats = statSync(folder);
    const uid = process.getuid?.() ?? 0;
    return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

async function serve(socket: Socket, handle: ControlHandler): Promise<void> {
  let answer: Answer;
  try {
    // from this user, who could do all of it without us
    const request = JSON.parse(await readAll(socket, MAX_QUESTION)) as ControlRequest;
    answer = { result: (await handle(request)) ?? null };
  } catch (error) {
    answer = { failure: toFailure(error) };
  }
  if (!socket.destroyed) socket.end(JSON.stringify(answer));
}

async function readAll(socket: Socket, limit: number): Promise<string> {
  socket.setEncoding("utf8");
  let text = "";
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += part;
    if (text.length > limit) throw new Error("the message is too long");
  }
  return text;
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = await connect(path);
  socket?.destroy();
  return socket !== null;
}

async function connect(path: string): Promise<Socket | null> {
  const { promise, resolve: done, reject } = Promise.withResolvers<Socket | null>();
  const socket = createConnection({ path, allowHalfOpen: true });
  socket.once("connect", () => done(socket));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") done(null);
    else reject(error);
  });
  return promise;
}

async function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<null>();
  server.once("error", reject);
  server.listen(path, () => done(null));
  await promise;
}
