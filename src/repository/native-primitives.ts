import { createRequire } from "node:module";
import type { LibraryHandle } from "koffi";
import { portablePrimitives } from "./portable-primitives.ts";
import type { Primitives } from "./primitives.ts";

/**
 * The primitives of the OpenSSL 3 and the Zstandard that Node carries, called directly.
 *
 * Only functions of their stable interfaces (manual pages EVP_MAC(3) and EVP_EncryptInit(3); `zstd.h`,
 * "Simple API" and "Explicit context"). Contexts live as long as the thread.
 *
 * @throws {Error} when koffi cannot load here, or this Node does not export one of the functions
 */
export function openNativePrimitives(): Primitives {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const node = koffi.load(null);
  return { poly1305: openPoly1305(node), aes256Ctr: openAes(node), ...openZstd(node) };
}

function openPoly1305(node: LibraryHandle): Primitives["poly1305"] {
  const fetchMac = node.func("void *EVP_MAC_fetch(void *, const char *, const char *)");
  const newContext = node.func("void *EVP_MAC_CTX_new(void *)");
  const start = node.func("int EVP_MAC_init(void *, const uint8_t *, uint64_t, void *)");
  const update = node.func("int EVP_MAC_update(void *, const uint8_t *, uint64_t)");
  const finish = node.func("int EVP_MAC_final(void *, uint8_t *, uint8_t *, uint64_t)");
  const mac: unknown = fetchMac(null, "POLY1305", null);
  if (mac === null) throw new Error("this OpenSSL has no Poly1305");
  const context: unknown = newContext(mac);
  const length = new Uint8Array(8);
  return (message, key) => {
    const tag = new Uint8Array(16);
    const isDone =
      start(context, key, key.byteLength, null) === 1 &&
      update(context, message, message.byteLength) === 1 &&
      finish(context, tag, length, tag.byteLength) === 1;
    if (!isDone) throw new Error("Poly1305 failed in OpenSSL");
    return tag;
  };
}

function openAes(node: LibraryHandle): Primitives["aes256Ctr"] {
  const newContext = node.func("void *EVP_CIPHER_CTX_new()");
  const cipherOf = node.func("void *EVP_aes_256_ctr()");
  const start = node.func("int EVP_EncryptInit_ex(void *, void *, void *, const uint8_t *, const uint8_t *)");
  const update = node.func("int EVP_EncryptUpdate(void *, uint8_t *, uint8_t *, const uint8_t *, int)");
  const context: unknown = newContext();
  const cipher: unknown = cipherOf();
  const length = new Uint8Array(4);
  return (key, iv, input, output) => {
    if (key.byteLength !== 32 || iv.byteLength !== 16 || output.byteLength !== input.byteLength) {
      throw new RangeError("AES-256-CTR was given the wrong lengths");
    }
    const isDone =
      start(context, cipher, null, key, iv) === 1 &&
      update(context, output, length, input, input.byteLength) === 1;
    if (!isDone) throw new Error("AES-256-CTR failed in OpenSSL");
  };
}

function openZstd(node: LibraryHandle): Pick<Primitives, "zstdCompress" | "zstdDecompress"> {
  const bound = node.func("uint64_t ZSTD_compressBound(uint64_t)");
  const isError = node.func("uint32_t ZSTD_isError(uint64_t)");
  const newCompressor = node.func("void *ZSTD_createCCtx()");
  const newDecompressor = node.func("void *ZSTD_createDCtx()");
  const compress = node.func(
    "uint64_t ZSTD_compressCCtx(void *, uint8_t *, uint64_t, const uint8_t *, uint64_t, int)",
  );
  const decompress = node.func(
    "uint64_t ZSTD_decompressDCtx(void *, uint8_t *, uint64_t, const uint8_t *, uint64_t)",
  );
  const contentSize = node.func("uint64_t ZSTD_getFrameContentSize(const uint8_t *, uint64_t)");
  const compressor: unknown = newCompressor();
  const decompressor: unknown = newDecompressor();
  const checked = (result: unknown): number => {
    if (isError(result) !== 0) throw new Error("Zstandard failed");
    return Number(result);
  };
  let scratch = new Uint8Array(0);
  return {
    zstdCompress(bytes, level) {
      const room = Number(bound(bytes.byteLength));
      if (scratch.byteLength < room) scratch = new Uint8Array(room);
      const length = compress(
        compressor,
        scratch,
        scratch.byteLength,
        bytes,
        bytes.byteLength,
        level,
      ) as unknown;
      return scratch.subarray(0, checked(length));
    },
    zstdDecompress(bytes, maximumBytes, room) {
      // A frame that does not say its size, or says too much, is unfolded piece by piece up to the limit.
      const size = Number(contentSize(bytes, bytes.byteLength));
      if (size > maximumBytes) return portablePrimitives.zstdDecompress(bytes, maximumBytes);
      const content = room !== undefined && room.byteLength >= size ? room : new Uint8Array(size);
      const result = decompress(decompressor, content, size, bytes, bytes.byteLength) as unknown;
      return content.subarray(0, checked(result));
    },
  };
}
