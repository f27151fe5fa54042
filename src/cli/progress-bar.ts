import type { Options, Params } from "cli-progress";
import type { Progress, ProgressListener } from "../base/progress.ts";
import { formatBytes, formatCount, formatDuration } from "./format.ts";

const BAR_WIDTH = 24;
/** Work that ends sooner shows no bar: it would only flicker. */
const DELAY_MS = 300;
/** Before this, a rate says nothing yet. */
const RATE_AFTER_SECONDS = 1;

/** What stands before the bar. */
export interface ProgressLabels {
  readonly label: string;
  /** While the end of an upload is waited for. */
  readonly upload: string;
}

/** A bar on a terminal; gone when disposed of. */
export interface ProgressBar extends Disposable {
  readonly onProgress: ProgressListener;
}

/**
 * A bar that shows how far the work is, how fast it goes and how long it will still take. It leaves
 * no trace when it is disposed of.
 */
export async function openProgressBar(
  labels: ProgressLabels,
  stream: NodeJS.WriteStream,
): Promise<ProgressBar> {
  const { SingleBar } = (await import("cli-progress")).default;
  let startedMs = performance.now();
  let latest: Progress | null = null;
  const format = (_: Options, params: Params): string =>
    latest === null
      ? labels.label
      : describe(labelOf(labels, latest), latest, (performance.now() - startedMs) / 1000, params.eta);
  const bar = new SingleBar({
    format,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    // The process has its own way to end on a signal.
    gracefulExit: false,
    etaBuffer: 50,
  });
  return {
    onProgress: (progress) => {
      const isNewPhase = latest !== null && latest.phase !== progress.phase;
      latest = progress;
      if (isNewPhase && bar.isActive) {
        // Rates and times left are those of the phase.
        bar.stop();
        startedMs = performance.now();
        bar.start(progress.totalBytes ?? 0, progress.bytes);
      } else if (bar.isActive) {
        bar.setTotal(progress.totalBytes ?? 0);
        bar.update(progress.bytes);
      } else if (performance.now() - startedMs > DELAY_MS) {
        bar.start(progress.totalBytes ?? 0, progress.bytes);
      }
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}

function labelOf({ label, upload }: ProgressLabels, { phase }: Progress): string {
  return phase === "upload" ? upload : label;
}

/** For example `save  ━━━━━━────  61 %  147.2 of 241.0 MiB  112.4 MiB/s  1 s left`. */
export function describe(label: string, progress: Progress, seconds: number, etaSeconds: number): string {
  const { files, bytes, totalBytes } = progress;
  const rate = seconds >= RATE_AFTER_SECONDS ? [`${formatBytes(bytes / seconds)}/s`] : [];
  if (totalBytes === null || totalBytes === 0) {
    return [label, `${formatCount(files)} files`, formatBytes(bytes), ...rate].join("  ");
  }
  const fraction = Math.min(1, bytes / totalBytes);
  const filled = Math.round(BAR_WIDTH * fraction);
  const bar = "━".repeat(filled) + "─".repeat(BAR_WIDTH - filled);
  const size = `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
  const left =
    rate.length > 0 && Number.isFinite(etaSeconds) && fraction < 1
      ? [`${formatDuration(etaSeconds)} left`]
      : [];
  return [label, bar, `${String(Math.floor(fraction * 100)).padStart(3)} %`, size, ...rate, ...left].join(
    "  ",
  );
}
