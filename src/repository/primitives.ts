import { openNativePrimitives } from "./native-primitives.ts";
import { portablePrimitives } from "./portable-primitives.ts";

/**
 * The arithmetic below the format. Each thread has its own, because contexts are used again from call
 * to call: with a new context for each blob, small blobs would cost three times as much.
 */
export interface Primitives {
  /** The 16-byte tag of `message` under a one-time key of 32 bytes (RFC 8439, section 2.5). */
  readonly poly1305: (message: Uint8Array, key: Uint8Array) => Uint8Array;
  /** AES-256 in counter mode (NIST SP 800-38A, section 6.5), either direction; `output` is as long as `input`. */
  readonly aes256Ctr: (key: Uint8Array, iv: Uint8Array, input: Uint8Array, output: Uint8Array) => void;
  /** A Zstandard frame (RFC 8878) that says how much it holds; good until the next call. */
  readonly zstdCompress: (bytes: Uint8Array, level: number) => Uint8Array;
  /**
   * The content of a Zstandard frame; in `room` where it is given and large enough.
   *
   * @throws {Error} when it is damaged or holds more than `maximumBytes`
   */
  readonly zstdDecompress: (bytes: Uint8Array, maximumBytes: number, room?: Uint8Array) => Uint8Array;
}

let chosen: Primitives | null = null;

/**
 * The fastest primitives that this machine has: OpenSSL and Zstandard inside Node called directly where
 * that works, else through Node's own interface. Both give the same bytes.
 */
export function primitives(): Primitives {
  chosen ??= choose();
  return chosen;
}

function choose(): Primitives {
  try {
    const native = openNativePrimitives();
    if (passesKnownAnswers(native)) return native;
  } catch {
    // No koffi for this platform, or a Node that does not export these functions: the others are as right.
  }
  return portablePrimitives;
}

/** Known answers, so that a library that is not what it seems is never used. */
export function passesKnownAnswers(candidate: Primitives): boolean {
  return knowsPoly1305(candidate) && knowsAes(candidate) && knowsZstd(candidate);
}

/** RFC 8439, section 2.5.2. */
function knowsPoly1305({ poly1305 }: Primitives): boolean {
  const key = Buffer.from("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", "hex");
  const tag = poly1305(Buffer.from("Cryptographic Forum Research Group"), key);
  return Buffer.from(tag).toString("hex") === "a8061dc1305136c6c22b8baf0c0127a9";
}

/** NIST SP 800-38A, section F.5.5, first two blocks. */
function knowsAes({ aes256Ctr }: Primitives): boolean {
  const key = Buffer.from("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "hex");
  const iv = Buffer.from("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "hex");
  const input = Buffer.from("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51", "hex");
  const output = Buffer.alloc(input.byteLength);
  aes256Ctr(key, iv, input, output);
  return output.toString("hex") === "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5";
}

function knowsZstd({ zstdCompress, zstdDecompress }: Primitives): boolean {
  const content = Buffer.from("a holdfast anchors kelp to the rock ".repeat(8));
  return content.equals(zstdDecompress(zstdCompress(content, 3), content.byteLength));
}
