import { serveJobs } from "../base/worker-jobs.ts";
import { type SealJob, sealBatch } from "./seal-batch.ts";
import type { MasterKey } from "./sealing.ts";

serveJobs((keys: MasterKey) => (job: SealJob) => {
  const result = sealBatch(keys, job);
  return { result, transfer: [result.sealed.buffer, result.plaintext] };
});
