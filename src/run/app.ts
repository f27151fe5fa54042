import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { HoldfastError } from "../base/errors.ts";

/** What to start, and with what. */
export interface AppCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** How an app ended. */
export interface AppExit {
  /** As a shell would say it: the app's own, or 128 and the number of the signal that ended it. */
  readonly status: number;
  /** How long it had lived, in milliseconds. */
  readonly livedMs: number;
}

/** An app that was started: the leader of a process group of its own. */
export interface App {
  readonly pid: number;
  /** Ends when the first process of the app does; others of its group may live on. */
  readonly exited: Promise<AppExit>;
  readonly hasExited: () => boolean;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * Starts an app in a process group of its own, with the standard streams of this process.
 *
 * @throws {HoldfastError} `CONFIG` when there is no such program, or it may not be executed
 */
export async function startApp({ words, environment }: AppCommand): Promise<App> {
  const [program = "", ...parameters] = words;
  const startedMs = performance.now();
  const child = spawn(program, parameters, { stdio: "inherit", env: environment, detached: true });
  const exited = new Promise<AppExit>((resolve) => {
    child.on("exit", (code, signal) =>
      resolve({ status: statusOf(code, signal), livedMs: performance.now() - startedMs }),
    );
  });
  await hasSpawned(child, program);
  return {
    pid: child.pid ?? 0,
    exited,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
  };
}

/** The status that a shell gives for a program that it cannot start. */
export function statusOfFailedStart(error: HoldfastError): number {
  return (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE;
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

async function hasSpawned(child: ChildProcess, program: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<null>();
  child.once("spawn", () => resolve(null));
  child.once("error", (cause) => reject(cannotStart(program, cause)));
  await promise;
}

function cannotStart(program: string, cause: Error): HoldfastError {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = code === "ENOENT" ? "there is no such program" : (code ?? cause.message);
  return new HoldfastError({
    code: "CONFIG",
    message: `could not start '${program}': ${reason}`,
    hint: "what stands after -- is started as it is, without a shell",
    cause,
  });
}
