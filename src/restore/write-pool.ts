import { availableParallelism } from "node:os";
import { WorkerPool, workerUrl } from "../base/worker-pool.ts";
import type { Repository } from "../repository/repository.ts";
import type { CallOptions } from "../stores/store.ts";
import type { WriteJob } from "./write-job.ts";

/** Threads that open blobs and write files. */
export type WritePool = WorkerPool<WriteJob, BigInt64Array>;

/** Each more takes some 15 MB, and the disk does not take files any faster. */
const MAX_THREADS = 3;

/** Starts the threads; they load while the caller finds out what they will have to do. */
export function startWritePool(repository: Repository, { signal }: CallOptions): WritePool {
  const size = Math.min(availableParallelism(), MAX_THREADS);
  const pool: WritePool = new WorkerPool(workerUrl("./write-worker", import.meta.url), {
    size,
    data: repository.keys,
    signal,
  });
  pool.start();
  return pool;
}
