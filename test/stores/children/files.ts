import { createHash } from "node:crypto";
import type { NewFile } from "../../../src/stores/store.ts";

const DIGEST_BYTES = 32;

/** A file that shows whether it is whole: its last bytes are the hash of those before. */
export function sealedFile(name: string, content: Uint8Array): NewFile {
  return { name, bytes: Buffer.concat([content, digest(content)]) };
}

/** Whether these are all the bytes of a {@link sealedFile}. */
export function isWhole(bytes: Uint8Array): boolean {
  const end = bytes.length - DIGEST_BYTES;
  return end >= 0 && digest(bytes.subarray(0, end)).equals(bytes.subarray(end));
}

function digest(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
