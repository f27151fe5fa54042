import { randomBytes } from "node:crypto";
import { poly1305 as noble } from "@noble/ciphers/_poly1305.js";
import { openNativePrimitives } from "../../src/repository/native-primitives.ts";
import type { Primitives } from "../../src/repository/primitives.ts";
import { megabytesPerSecond } from "./measure.ts";
import type { MeasuredPackages } from "./packages.ts";

/** Rates of one way to compute Poly1305. */
export interface Poly1305Row {
  readonly candidate: string;
  readonly version: string;
  /** Megabytes a second for messages of 256 KiB, about a blob. */
  readonly blobMBps: number;
  /** Megabytes a second for messages of 1 KiB, about a tree or a small file. */
  readonly smallMBps: number;
}

interface SodiumNative {
  readonly default: { crypto_onetimeauth(tag: Uint8Array, message: Uint8Array, key: Uint8Array): void };
}

interface SodiumWasm {
  readonly default: {
    readonly ready: Promise<void>;
    crypto_onetimeauth(message: Uint8Array, key: Uint8Array): Uint8Array;
  };
}

const BLOB_BYTES = 256 * 1024;
const SMALL_BYTES = 1024;

/** Measures every candidate; all must agree on a tag first. */
export async function measurePoly1305(packages: MeasuredPackages): Promise<readonly Poly1305Row[]> {
  const native = ((await packages.load("sodium-native")) as SodiumNative).default;
  const wasm = ((await packages.load("libsodium-wrappers-sumo")) as SodiumWasm).default;
  await wasm.ready;
  const direct = openNativePrimitives();
  const candidates: readonly (readonly [string, string, Primitives["poly1305"]])[] = [
    ["OpenSSL of Node, by koffi", process.versions.openssl, (message, key) => direct.poly1305(message, key)],
    [
      "sodium-native",
      packages.version("sodium-native"),
      (message, key) => {
        const tag = new Uint8Array(16);
        native.crypto_onetimeauth(tag, message, key);
        return tag;
      },
    ],
    [
      "libsodium-wrappers-sumo (WebAssembly)",
      packages.version("libsodium-wrappers-sumo"),
      (message, key) => wasm.crypto_onetimeauth(message, key),
    ],
    ["@noble/ciphers (JavaScript)", packages.version("@noble/ciphers"), noble],
  ];
  const key = randomBytes(32);
  const [blob, small] = [randomBytes(BLOB_BYTES), randomBytes(SMALL_BYTES)];
  const tags = new Set(candidates.map(([, , compute]) => Buffer.from(compute(blob, key)).toString("hex")));
  if (tags.size !== 1) throw new Error("the candidates do not agree on a tag");
  return candidates.map(([candidate, version, compute]) => ({
    candidate,
    version,
    blobMBps: megabytesPerSecond(BLOB_BYTES, () => compute(blob, key)),
    smallMBps: megabytesPerSecond(SMALL_BYTES, () => compute(small, key)),
  }));
}
