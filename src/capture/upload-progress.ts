import type { ProgressListener } from "../base/progress.ts";
import type { WrittenTotals } from "../repository/blob-writer.ts";

/** Tells how much of a save has arrived at a store that is far away. */
export interface UploadProgress {
  /** To be called by the store, see `WriteOptions`. */
  readonly onSent: (bytes: number) => void;
  /** All is read: from here on, what arrives is what is waited for, and is told. */
  begin(totals: Readonly<WrittenTotals>): void;
}

/** Nothing has arrived yet. A store that does not say what has arrived leads to no calls. */
export function createUploadProgress(onProgress: ProgressListener | undefined): UploadProgress {
  let sentBytes = 0;
  let totals: Readonly<WrittenTotals> | null = null;
  return {
    onSent(bytes) {
      sentBytes += bytes;
      if (totals === null) return;
      const totalBytes = Math.max(totals.packedBytes, sentBytes);
      onProgress?.({ phase: "upload", files: 0, totalFiles: null, bytes: sentBytes, totalBytes });
    },
    begin(all) {
      totals = all;
    },
  };
}
