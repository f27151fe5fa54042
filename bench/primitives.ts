/*
 * The measurement behind the choice of primitives (ARCHITECTURE.md): Poly1305, content-defined cuts, and the
 * libraries inside Node called directly or through Node.
 * Candidates that are not dependencies are installed in a temporary folder.
 *
 *   node bench/primitives.ts
 */
import { tmpdir } from "node:os";
import { measureChunking } from "./primitives/chunking.ts";
import { measureNative } from "./primitives/native.ts";
import { installPackages } from "./primitives/packages.ts";
import { measurePoly1305 } from "./primitives/poly1305.ts";
import { describeMachine } from "./support/machine.ts";
import { markdownTable } from "./support/markdown.ts";
import { writeJson } from "./support/results.ts";

using packages = installPackages([
  "@dstanesc/wasm-chunking-fastcdc-node@0.1.1",
  "@noble/ciphers@2.4.0",
  "gearhash-jit@1.0.2",
  "libsodium-wrappers-sumo@0.8.4",
  "rabin-wasm@0.1.5",
  "sodium-native@5.1.0",
]);

const native = measureNative();
const poly1305 = await measurePoly1305(packages);
const chunking = await measureChunking(packages);
writeJson("primitives.json", { machine: describeMachine(tmpdir()), poly1305, chunking, native });

console.log(
  markdownTable(
    ["Poly1305", "version", "256 KiB, MB/s", "1 KiB, MB/s"],
    poly1305.map((row) => [row.candidate, row.version, row.blobMBps, row.smallMBps]),
  ),
);
console.log();
console.log(
  markdownTable(
    ["cuts", "version", "MB/s", "mean chunk, KiB", "found again"],
    chunking.map((row) => [row.candidate, row.version, row.cutMBps, row.meanChunkKiB, row.foundAgain]),
  ),
);
console.log();
console.log(
  markdownTable(
    ["work", "bytes", "called directly, MB/s", "through Node, MB/s"],
    native.map((row) => [row.work, row.messageBytes, row.directMBps, row.portableMBps]),
  ),
);
