import { HoldfastError } from "../../src/base/errors.ts";
import { serveJobs } from "../../src/base/worker-jobs.ts";

/** What the threads of the pool's tests can be asked to do. */
export type TestJob =
  | { readonly kind: "add"; readonly value: number }
  | { readonly kind: "reverse"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "fail"; readonly error: "ours" | "other" }
  | { readonly kind: "die" }
  | { readonly kind: "hang" };

/** A number, or bytes. */
export type TestResult = number | Uint8Array;

serveJobs<number, TestJob, TestResult>((offset) => (job) => {
  switch (job.kind) {
    case "add":
      return { result: offset + job.value };
    case "reverse":
      job.bytes.reverse();
      return { result: job.bytes, transfer: [job.bytes.buffer] };
    case "fail":
      if (job.error === "other") throw new TypeError("not a function");
      throw new HoldfastError({ code: "DISK_FULL", message: "the disk is full", hint: "make room" });
    case "die":
      return process.exit(3);
    case "hang":
      break;
  }
  return hang();
});

function hang(): never {
  for (;;); // until the thread is ended
}
