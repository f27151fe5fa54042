/** How far a long operation has come. */
export interface Progress {
  /** What is being done, one word, for example `save` or `check`; `upload` is what a save still waits for. */
  readonly phase: string;
  readonly files: number;
  /** `null` while it is not known. */
  readonly totalFiles: number | null;
  readonly bytes: number;
  readonly totalBytes: number | null;
}

/** Called now and then (not for each byte); must not throw. */
export type ProgressListener = (progress: Progress) => void;
