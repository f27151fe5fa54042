import { createRequire } from "node:module";
import { poly1305 as poly1305InJavaScript } from "@noble/ciphers/_poly1305.js";

/** Computes the 16-byte Poly1305 tag of `message` under a one-time key of 32 bytes. */
export type Poly1305 = (message: Uint8Array, key: Uint8Array) => Uint8Array;

let chosen: Poly1305 | null = null;

/**
 * Plain Poly1305 (RFC 8439, section 2.5).
 *
 * Node has no call for it, but the OpenSSL inside Node has: it is called there (`EVP_MAC`, 12 GB/s
 * measured). Where that is not to be had, the JavaScript of `@noble/ciphers` answers (0.25 GB/s).
 */
export function poly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  chosen ??= choose();
  return chosen(message, key);
}

function choose(): Poly1305 {
  try {
    const native = poly1305OfOpenSsl();
    if (passesKnownAnswer(native)) return native;
  } catch {
    // No native library for this platform, or a Node without these symbols: the other one is as right.
  }
  return poly1305InJavaScript;
}

/**
 * Poly1305 by the OpenSSL 3 that Node carries (manual page EVP_MAC(3), EVP_MAC-POLY1305(7)).
 *
 * @throws {Error} when koffi cannot load here, or this Node does not export the symbols
 */
export function poly1305OfOpenSsl(): Poly1305 {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const node = koffi.load(null);
  const fetchMac = node.func("void *EVP_MAC_fetch(void *, const char *, const char *)");
  const newContext = node.func("void *EVP_MAC_CTX_new(void *)");
  const start = node.func("int EVP_MAC_init(void *, const uint8_t *, uint64_t, void *)");
  const update = node.func("int EVP_MAC_update(void *, const uint8_t *, uint64_t)");
  const finish = node.func("int EVP_MAC_final(void *, uint8_t *, _Out_ uint64_t *, uint64_t)");
  const mac: unknown = fetchMac(null, "POLY1305", null);
  if (mac === null) throw new Error("this OpenSSL has no Poly1305");
  // One context for the life of the thread; every message starts it anew.
  const context: unknown = newContext(mac);
  const length = [0];
  return (message, key) => {
    const tag = new Uint8Array(16);
    const done =
      start(context, key, key.byteLength, null) === 1 &&
      update(context, message, message.byteLength) === 1 &&
      finish(context, tag, length, tag.byteLength) === 1;
    if (!done) throw new Error("Poly1305 failed in OpenSSL");
    return tag;
  };
}

/** RFC 8439, section 2.5.2. */
function passesKnownAnswer(implementation: Poly1305): boolean {
  const key = Buffer.from("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", "hex");
  const tag = implementation(Buffer.from("Cryptographic Forum Research Group"), key);
  return Buffer.from(tag).toString("hex") === "a8061dc1305136c6c22b8baf0c0127a9";
}
