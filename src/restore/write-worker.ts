import { LongPaths } from "../base/long-path.ts";
import { serveJobs } from "../base/worker-jobs.ts";
import { createBlobOpener } from "../repository/blob.ts";
import type { MasterKey } from "../repository/sealing.ts";
import { writeJob, type WriteJob } from "./write-job.ts";

serveJobs((keys: MasterKey) => {
  const paths = new LongPaths(); // for the life of the thread
  const openBlob = createBlobOpener(keys);
  return (job: WriteJob) => {
    const stamps = writeJob(openBlob, paths, job);
    job.bytes.buffer.transfer(0); // gives the memory back now, and not at some later collection
    return { result: stamps, transfer: [stamps.buffer] };
  };
});
