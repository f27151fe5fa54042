/**
 * A name or path of the file system as it is: one character (U+0000 to U+00FF) for each byte.
 *
 * Linux names are bytes and need not be UTF-8. Holding each byte in one character keeps them exact,
 * makes `<` compare as Go compares strings, and costs nothing for ASCII names.
 */
export type ByteString = string & { readonly __brand: "ByteString" };

// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/** The bytes of `text` in UTF-8, as a {@link ByteString}. */
export function fromText(text: string): ByteString {
  return (ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1")) as ByteString;
}

/** Bytes as a {@link ByteString}. */
export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as ByteString;
}

/** For people: decoded as UTF-8, U+FFFD where the bytes are not UTF-8. */
export function toText(name: ByteString): string {
  return ASCII.test(name) ? name : Buffer.from(name, "latin1").toString("utf8");
}

/** The bytes themselves. */
export function toBytes(name: ByteString): Buffer {
  return Buffer.from(name, "latin1");
}

/** What `node:fs` takes: a string where that is exact, else a buffer. */
export function toPath(path: ByteString): string | Buffer {
  return ASCII.test(path) ? path : Buffer.from(path, "latin1");
}
