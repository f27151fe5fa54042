import { randomBytes } from "node:crypto";
import type { Store } from "../../stores/store.ts";

/** How fast a store is, seen from here. */
export interface Speed {
  /** Median time of a read of one byte, and the time of a write of a few such files. */
  readonly read_ms: number;
  readonly write_ms: number;
  /** Bytes a second, of one file of 4 MiB. */
  readonly upload_rate: number;
  readonly download_rate: number;
}

const READS = 5;
const FILE_BYTES = 4 * 1024 * 1024;

/** Measures with two writes and six reads; each file is read once, so that no memory of the store answers. */
export async function measureSpeed(store: Store): Promise<Speed> {
  const names = Array.from({ length: READS }, (_, index) => `speed/${index}`);
  const small = names.map((name) => ({ name, bytes: randomBytes(1) }));
  const writeMs = await timed(() => store.write(small));
  const reads: number[] = [];
  for (const name of names) reads.push(await timed(() => store.read(name)));
  const large = { name: "speed/large", bytes: randomBytes(FILE_BYTES) };
  const uploadMs = await timed(() => store.write([large]));
  const downloadMs = await timed(() => store.read(large.name));
  return {
    read_ms: reads.sort((a, b) => a - b)[READS >> 1] ?? 0,
    write_ms: writeMs,
    upload_rate: (FILE_BYTES / uploadMs) * 1000,
    download_rate: (FILE_BYTES / downloadMs) * 1000,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return Math.max(0.01, performance.now() - startedMs);
}
