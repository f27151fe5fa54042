import { serveJobs } from "../base/worker-jobs.ts";
import { openBatchSealer, type SealJob } from "./seal-batch.ts";
import type { MasterKey } from "./sealing.ts";

serveJobs((keys: MasterKey) => {
  const sealBatch = openBatchSealer(keys);
  return (job: SealJob) => {
    const result = sealBatch(job);
    return { result, transfer: [result.buffer] };
  };
});
