import { parentPort, workerData, type Transferable } from "node:worker_threads";
import { type Failure, toFailure } from "./failure.ts";

/** A job on its way to a thread. */
export interface Request<Job> {
  readonly id: number;
  readonly job: Job;
}

/** What comes back for it. */
export type Answer<Result> =
  { readonly id: number; readonly result: Result } | { readonly id: number; readonly failure: Failure };

/** The answer to a job; what `transfer` names moves instead of being copied. */
export interface Served<Result> {
  readonly result: Result;
  readonly transfer?: readonly Transferable[];
}

/**
 * The thread's side of a `WorkerPool`: `prepare` gets the pool's data once and returns what does a job.
 * Jobs run one after the other when the function is synchronous.
 */
export function serveJobs<Data, Job, Result>(
  prepare: (data: Data) => (job: Job) => Served<Result> | Promise<Served<Result>>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("this module runs in a worker thread");
  const handle = prepare(workerData as Data);
  port.on("message", (request: Request<Job>) => {
    void answer(handle, request).then(({ message, transfer }) => port.postMessage(message, transfer));
  });
}

async function answer<Job, Result>(
  handle: (job: Job) => Served<Result> | Promise<Served<Result>>,
  { id, job }: Request<Job>,
): Promise<{ message: Answer<Result>; transfer: readonly Transferable[] }> {
  try {
    const served = await handle(job);
    return { message: { id, result: served.result }, transfer: served.transfer ?? [] };
  } catch (error) {
    return { message: { id, failure: toFailure(error) }, transfer: [] };
  }
}
