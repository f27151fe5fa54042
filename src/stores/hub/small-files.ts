import { createHash } from "node:crypto";
import type { HubEntry } from "./api.ts";
import { blobOid } from "./stage.ts";

/** Contents of small files that were read, by git's hash of them: whoever reads again needs no request. */
export interface SmallFiles {
  /** A copy, which the caller owns; `null` when it is not known. */
  find(entry: HubEntry): Uint8Array | null;
  /** Keeps a copy, when the file is small and there is room. */
  keep(entry: HubEntry, bytes: Uint8Array): void;
}

const MAX_FILE_BYTES = 256 * 1024;
const MAX_TOTAL_BYTES = 16 * 1024 * 1024;

/** Knows nothing yet. What was kept longest goes first when there is no room. */
export function createSmallFiles(): SmallFiles {
  const files = new Map<string, Uint8Array>();
  let totalBytes = 0;
  return {
    find: ({ oid }) => files.get(oid)?.slice() ?? null,
    keep(entry, bytes) {
      const { oid } = entry;
      if (bytes.length > MAX_FILE_BYTES || files.has(oid) || !isWhole(entry, bytes)) return;
      files.set(oid, bytes.slice());
      totalBytes += bytes.length;
      for (const [first, { length }] of files) {
        if (totalBytes <= MAX_TOTAL_BYTES) return;
        files.delete(first);
        totalBytes -= length;
      }
    },
  };
}

/** What a bad transfer has changed must not be given again. */
function isWhole({ oid, lfsOid }: HubEntry, bytes: Uint8Array): boolean {
  if (lfsOid === null) return blobOid(bytes) === oid;
  return createHash("sha256").update(bytes).digest("hex") === lfsOid;
}
