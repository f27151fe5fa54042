import { Worker, type Transferable } from "node:worker_threads";
import { HoldfastError } from "./errors.ts";
import { fromFailure } from "./failure.ts";
import type { Answer, Request } from "./worker-jobs.ts";

/** How a {@link WorkerPool} works. */
export interface WorkerPoolOptions {
  /** Most threads at the same time. */
  readonly size: number;
  /** What each thread gets before its first job; plain data. */
  readonly data: unknown;
  /** Ends all threads at once, also in the middle of a job. */
  readonly signal?: AbortSignal | undefined;
}

/** Jobs given to a thread before it answered: the second waits there, so that no thread does. */
const JOBS_PER_WORKER = 2;

/** Threads hold their work in buffers; V8 would give each some 50 MiB for short-lived objects that they do not make. */
const YOUNG_HEAP_MB = 4;

interface Task<Job, Result> {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Crew<Job, Result> {
  readonly worker: Worker;
  readonly tasks: Map<number, Task<Job, Result>>;
}

/**
 * Threads that do jobs of one kind; the module at `url` calls `serveJobs`. Threads start when jobs
 * come. What waits is not limited: the caller bounds how many jobs it hands over at a time.
 *
 * @example
 * ```ts
 * await using pool = new WorkerPool<Job, Result>(workerUrl("./seal-worker", import.meta.url), { size: 2, data });
 * const result = await pool.run(job, [job.bytes.buffer]);
 * ```
 */
export class WorkerPool<Job, Result> implements AsyncDisposable {
  readonly #url: URL;
  readonly #options: WorkerPoolOptions;
  readonly #crews: Crew<Job, Result>[] = [];
  readonly #waiting: Task<Job, Result>[] = [];
  readonly #onAbort = (): void => this.#break(cancelled());
  #next = 0;
  /** Why no more jobs are taken. */
  #broken: HoldfastError | null = null;

  constructor(url: URL, options: WorkerPoolOptions) {
    this.#url = url;
    this.#options = options;
    if (options.signal?.aborted === true) this.#broken = cancelled();
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Starts all threads now, for a caller that knows that jobs will come. */
  start(): void {
    while (this.#broken === null && this.#crews.length < this.#options.size) this.#hire();
  }

  /**
   * Has a job done. The job is copied, except for what `transfer` names, which moves.
   *
   * @throws {HoldfastError} what the job threw; `CANCELLED` after the signal; `FAILED` when a thread died
   */
  run(job: Job, transfer: readonly Transferable[] = []): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      this.#waiting.push({ job, transfer, resolve, reject });
      this.#assign();
    });
  }

  /** Ends the threads; jobs that were not done are rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    const ends = this.#crews.map((crew) => crew.worker.terminate());
    this.#break(
      this.#broken ?? new HoldfastError({ code: "CANCELLED", message: "the worker threads have ended" }),
    );
    await Promise.all(ends);
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      let crew = this.#crews.reduce<Crew<Job, Result> | null>(
        (best, each) => (best === null || each.tasks.size < best.tasks.size ? each : best),
        null,
      );
      if ((crew === null || crew.tasks.size > 0) && this.#crews.length < this.#options.size)
        crew = this.#hire();
      if (crew === null || crew.tasks.size >= JOBS_PER_WORKER) return;
      const task = this.#waiting.shift();
      if (task !== undefined) this.#send(crew, task);
    }
  }

  #send(crew: Crew<Job, Result>, task: Task<Job, Result>): void {
    const id = this.#next++;
    const request: Request<Job> = { id, job: task.job };
    crew.tasks.set(id, task);
    crew.worker.postMessage(request, task.transfer);
  }

  #hire(): Crew<Job, Result> {
    // flags of this process (--eval, --test, …) mean nothing to a thread and may stop it
    const worker = new Worker(this.#url, {
      workerData: this.#options.data,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    const crew: Crew<Job, Result> = { worker, tasks: new Map() };
    this.#crews.push(crew);
    worker.on("message", (answer: Answer<Result>) => this.#receive(crew, answer));
    worker.on("error", (cause) => this.#break(died(cause)));
    worker.on("exit", () => this.#break(died(null)));
    return crew;
  }

  #receive(crew: Crew<Job, Result>, answer: Answer<Result>): void {
    const task = crew.tasks.get(answer.id);
    if (task === undefined) return; // already rejected
    crew.tasks.delete(answer.id);
    if ("failure" in answer) task.reject(fromFailure(answer.failure));
    else task.resolve(answer.result);
    this.#assign();
  }

  #break(reason: HoldfastError): void {
    this.#broken ??= reason;
    const tasks = [...this.#crews.flatMap((crew) => [...crew.tasks.values()]), ...this.#waiting.splice(0)];
    for (const crew of this.#crews) {
      crew.tasks.clear();
      void crew.worker.terminate();
    }
    for (const task of tasks) task.reject(this.#broken);
  }
}

/**
 * Where the module of a thread or a process lies: beside the module at `base`, with the same ending (`.ts` as written, or
 * `.js` as built).
 *
 * @param path without the ending, for example `./write-worker`
 */
export function workerUrl(path: string, base: string): URL {
  return new URL(path + (base.endsWith(".ts") ? ".ts" : ".js"), base);
}

function cancelled(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" });
}

function died(cause: unknown): HoldfastError {
  return new HoldfastError({ code: "FAILED", message: "a worker thread ended early", cause });
}
