import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "../base/errors.ts";
import { type Failure, fromFailure } from "../base/failure.ts";
import { workerUrl } from "../base/worker-pool.ts";
import type { Address, EngineCall, EngineCalls, ToEngine } from "./engine-calls.ts";

/** What comes back from the engine. */
export type FromEngine = { readonly result: unknown } | { readonly failure: Failure };

/** How long a process of the engine may take to end when it is asked to, in milliseconds. */
const CANCEL_MS = 5_000;

/**
 * Does the heavy work, restores and saves, in processes of their own, one at a time: the supervisor stays
 * small while nothing happens, and outlives whatever becomes of a save.
 */
export class Engine {
  readonly #address: Address;
  /** A process that was started before it was needed, and for what. */
  #ready: { readonly call: EngineCall; readonly child: ChildProcess } | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  readonly #alive = new Set<number>();

  constructor(address: Address) {
    this.#address = address;
  }

  /** Starts a process that makes ready for a call, which is then sooner done. */
  prepare(call: EngineCall): void {
    if (this.#ready?.call === call && this.#ready.child.connected) return;
    this.close();
    this.#ready = { call, child: this.#start(call) };
  }

  /**
   * Has something done, after what was asked for before.
   *
   * @throws {HoldfastError} what the operation throws; `CANCELLED`; `FAILED` when the process died
   */
  call<Call extends EngineCall>(
    call: Call,
    request: EngineCalls[Call]["request"],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<EngineCalls[Call]["result"]> {
    const { promise: end, resolve: onEnd } = Promise.withResolvers<unknown>();
    const before = this.#tail;
    this.#tail = end;
    const work = before.then(() => this.#run(call, request, { signal: options.signal, onEnd }));
    return work as Promise<EngineCalls[Call]["result"]>;
  }

  /** Whether a process is one of the engine's. */
  owns(pid: number): boolean {
    return this.#alive.has(pid);
  }

  /** Ends a process that waits for work. */
  close(): void {
    this.#ready?.child.kill("SIGKILL");
    this.#ready = null;
  }

  async #run(
    call: EngineCall,
    request: EngineCalls[EngineCall]["request"],
    { signal, onEnd }: { readonly signal: AbortSignal | undefined; readonly onEnd: (end: unknown) => void },
  ): Promise<unknown> {
    const child = signal?.aborted === true ? null : this.#take(call);
    if (child === null) {
      onEnd(null);
      throw cancelled();
    }
    let killer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      send(child, { kind: "cancel" });
      killer = setTimeout(() => child.kill("SIGKILL"), CANCEL_MS);
    };
    signal?.addEventListener("abort", cancel);
    try {
      const { answer, end } = answerOf(child);
      onEnd(end);
      send(child, { kind: "call", request });
      return await answer;
    } finally {
      signal?.removeEventListener("abort", cancel);
      clearTimeout(killer);
    }
  }

  #take(call: EngineCall): ChildProcess | null {
    this.prepare(call);
    const child = this.#ready?.child ?? null;
    this.#ready = null;
    return child;
  }

  #start(call: EngineCall): ChildProcess {
    const child = fork(fileURLToPath(workerUrl("./engine-process", import.meta.url)), [], {
      // what it says belongs to nobody's results
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    child.on("error", () => undefined); // seen as an end without an answer
    const { pid } = child;
    if (pid !== undefined) {
      this.#alive.add(pid);
      child.on("exit", () => this.#alive.delete(pid));
    }
    send(child, { kind: "open", call, address: this.#address });
    return child;
  }
}

/** The answer comes before the end, which gives back what the process held and is the time for the next one. */
function answerOf(child: ChildProcess): {
  readonly answer: Promise<unknown>;
  readonly end: Promise<unknown>;
} {
  const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
  const { promise: end, resolve: onEnd } = Promise.withResolvers<null>();
  const finish = (signal: NodeJS.Signals | null): void => {
    reject(died(signal)); // unless there is an answer already
    onEnd(null);
  };
  child.on("message", (message: FromEngine) => {
    if ("failure" in message) reject(fromFailure(message.failure));
    else resolve(message.result);
  });
  child.on("exit", (_, signal) => finish(signal));
  child.on("error", () => finish(null));
  if (child.exitCode !== null || child.signalCode !== null) finish(child.signalCode);
  return { answer, end };
}

/** To a process that has ended meanwhile nothing can be sent, which its end tells. */
function send(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message, () => undefined);
}

function cancelled(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" });
}

function died(signal: NodeJS.Signals | null): HoldfastError {
  return new HoldfastError({
    code: "FAILED",
    message: `the process that works on the store ended early${signal === null ? "" : ` (${signal})`}`,
    hint: "look whether the machine has enough memory; it is tried again",
  });
}
