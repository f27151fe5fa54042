import { hash, randomBytes } from "node:crypto";
import { Hasher } from "gearhash-jit";
import { rounded } from "../support/statistics.ts";
import { megabytesPerSecond } from "./measure.ts";
import type { MeasuredPackages } from "./packages.ts";

/** How one way to find content-defined cuts does. */
export interface ChunkingRow {
  readonly candidate: string;
  readonly version: string;
  /** Megabytes a second over random bytes, the worst case: every byte is looked at. */
  readonly cutMBps: number;
  readonly meanChunkKiB: number;
  /** Part of the bytes found again after one byte was put in front. */
  readonly foundAgain: number;
}

/** Lengths of the chunks of `data`, in order. */
type Cut = (data: Uint8Array) => readonly number[];

interface RabinWasm {
  create(
    bits: number,
    min: number,
    max: number,
    window: number,
  ): Promise<{ fingerprint(data: Uint8Array): Int32Array }>;
}

interface FastCdcWasm {
  compute_chunks(data: Uint8Array, min: number, average: number, max: number): Uint32Array;
}

const MIN_BYTES = 64 * 1024;
const AVERAGE_BYTES = 256 * 1024;
const MAX_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
const DATA_BYTES = 32 * 1024 * 1024;

/** Measures every candidate with chunks of 64 KiB to 1 MiB, 256 KiB wanted. */
export async function measureChunking(packages: MeasuredPackages): Promise<readonly ChunkingRow[]> {
  const rabin = await ((await packages.load("rabin-wasm")) as RabinWasm).create(18, MIN_BYTES, MAX_BYTES, 64);
  const fastCdc = (await packages.load("@dstanesc/wasm-chunking-fastcdc-node")) as FastCdcWasm;
  const candidates: readonly (readonly [string, string, Cut])[] = [
    ["gearhash-jit (WebAssembly)", packages.version("gearhash-jit"), cutWithGearHash],
    [
      "FastCDC in Rust (WebAssembly)",
      packages.version("@dstanesc/wasm-chunking-fastcdc-node"),
      (data) => lengthsOf(fastCdc.compute_chunks(data, MIN_BYTES, AVERAGE_BYTES, MAX_BYTES)),
    ],
    ["rabin-wasm (WebAssembly)", packages.version("rabin-wasm"), (data) => [...rabin.fingerprint(data)]],
    ["gear hash in JavaScript, 32 bits", "10 lines", cutWithJavaScript],
  ];
  const data = randomBytes(DATA_BYTES);
  const shifted = Buffer.concat([Buffer.from("x"), data]);
  return candidates.map(([candidate, version, cut]) => ({
    candidate,
    version,
    cutMBps: megabytesPerSecond(data.length, () => cut(data)),
    meanChunkKiB: rounded(data.length / cut(data).length / 1024),
    foundAgain: rounded(foundAgain(data, shifted, cut)),
  }));
}

function cutWithGearHash(data: Uint8Array): readonly number[] {
  // 18 bits, high ones: those depend on the most bytes.
  const hasher = new Hasher(0xffff_c000_0000_0000n);
  const lengths: number[] = [];
  for (let start = 0; start < data.length;) {
    const end = Math.min(start + MAX_BYTES, data.length);
    hasher.resetHash();
    const length = nextMatch(hasher, data, Math.min(start + MIN_BYTES, end), end) - start;
    lengths.push(length);
    start += length;
  }
  return lengths;
}

/** The library takes half a MiB at most at a time. */
function nextMatch(hasher: Hasher, data: Uint8Array, from: number, end: number): number {
  for (let position = from; position < end; position += PIECE_BYTES) {
    const match = hasher.nextMatch(data.subarray(position, Math.min(position + PIECE_BYTES, end)));
    if (match !== -1) return position + match;
  }
  return end;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(hash("sha256", `${byte}`, "buffer")).readUInt32LE(),
);

function cutWithJavaScript(data: Uint8Array): readonly number[] {
  const lengths: number[] = [];
  for (let start = 0; start < data.length;) {
    const end = Math.min(start + MAX_BYTES, data.length);
    let position = Math.min(start + MIN_BYTES, end);
    let state = 0;
    while (position < end) {
      state = ((state << 1) + (TABLE[data[position++] ?? 0] ?? 0)) | 0;
      if (state >>> 14 === 0) break;
    }
    lengths.push(position - start);
    start = position;
  }
  return lengths;
}

/** From offsets, with or without 0 and the end, to lengths. */
function lengthsOf(offsets: Uint32Array): readonly number[] {
  return Array.from(offsets, (offset, index) => offset - (offsets[index - 1] ?? 0)).filter(
    (length) => length > 0,
  );
}

function foundAgain(before: Uint8Array, after: Uint8Array, cut: Cut): number {
  const known = new Set(chunksOf(before, cut).map((chunk) => hash("sha256", chunk)));
  const found = chunksOf(after, cut).filter((chunk) => known.has(hash("sha256", chunk)));
  return found.reduce((sum, chunk) => sum + chunk.length, 0) / after.length;
}

function chunksOf(data: Uint8Array, cut: Cut): readonly Uint8Array[] {
  let start = 0;
  return cut(data).map((length) => data.subarray(start, (start += length)));
}
