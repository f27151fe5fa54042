import { version } from "../base/version.ts";
import type { RunState, RunStatus } from "./status.ts";

/** The content type of {@link formatMetrics}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A value, with the labels that tell it from its siblings. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric: name, what it says, and its values; none when nothing is known yet. */
interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Whether each state is one to show; the compiler misses none. */
const STATES: Readonly<Record<RunState, true>> = {
  starting: true,
  "waiting-for-lease": true,
  restoring: true,
  login: true,
  settling: true,
  normal: true,
  "backing-off": true,
  replacing: true,
  stopping: true,
  "last-save": true,
  ended: true,
};

/**
 * A status in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Times are seconds, sizes bytes. What is not
 * known yet is left out.
 */
export function formatMetrics(status: RunStatus, now: Date): string {
  return [...lifeOf(status), ...savesOf(status, now), ...lastSaveOf(status, now)].map(format).join("");
}

function lifeOf({ state, mode, since, quarantined, handedOver, app }: RunStatus): readonly Metric[] {
  const oneOf = (label: string, names: readonly string[], current: string | null): readonly Sample[] =>
    names.map((name) => ({ labels: { [label]: name }, value: Number(name === current) }));
  return [
    gauge("build_info", "Version of the program.", [{ labels: { version: version() }, value: 1 }]),
    gauge("state", "1 for the state that the run is in.", oneOf("state", Object.keys(STATES), state)),
    gauge("state_since_timestamp_seconds", "When that state began.", [{ value: seconds(since) }]),
    gauge("mode", "1 for the mode that the app was started in.", oneOf("mode", ["login", "normal"], mode)),
    gauge("quarantined", "1 while what the app writes cannot replace what is saved.", [
      { value: Number(quarantined) },
    ]),
    gauge("handed_over", "1 once another instance has taken over.", [{ value: Number(handedOver) }]),
    gauge("app_up", "1 while the app runs.", [{ value: Number(app.pid !== null) }]),
    counter("app_restarts_total", "How often the app was started again after it ended by itself.", [
      { value: app.restarts },
    ]),
  ];
}

function savesOf({ saves }: RunStatus, now: Date): readonly Metric[] {
  const { done, unchanged, failed, failingSince, storedBytes, pausedMs } = saves;
  return [
    counter("saves_total", "Saves, by how they ended.", [
      { labels: { result: "done" }, value: done },
      { labels: { result: "unchanged" }, value: unchanged },
      { labels: { result: "failed" }, value: failed },
    ]),
    gauge("saves_failing_seconds", "For how long no save has succeeded; 0 when the last one did.", [
      { value: failingSince === null ? 0 : age(failingSince, now) },
    ]),
    counter("saved_bytes_total", "Written to the store by all saves.", [{ value: storedBytes }]),
    counter("save_pause_seconds_total", "For how long the app stood still in all saves.", [
      { value: pausedMs / 1000 },
    ]),
  ];
}

function lastSaveOf({ lastSave, snapshot }: RunStatus, now: Date): readonly Metric[] {
  const of = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ value }]);
  const savedAt = lastSave === null ? undefined : seconds(lastSave.time);
  const snapshotAge = snapshot === null ? undefined : age(snapshot.time, now);
  const paused = lastSave === null ? undefined : lastSave.pausedMs / 1000;
  return [
    gauge("last_save_timestamp_seconds", "When the last save succeeded.", of(savedAt)),
    gauge("last_save_duration_seconds", "How long the last save took.", of(lastSave?.seconds)),
    gauge("last_save_stored_bytes", "Written to the store by the last save.", of(lastSave?.stored)),
    gauge("last_save_state_bytes", "Size of all files in the last save.", of(lastSave?.state)),
    gauge("last_save_pause_seconds", "For how long the app stood still in the last save.", of(paused)),
    gauge("snapshot_age_seconds", "Age of the snapshot that the state descends from.", of(snapshotAge)),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `holdfast_${name}`, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `holdfast_${name}`, type: "counter", help, samples };
}

function format({ name, type, help, samples }: Metric): string {
  if (samples.length === 0) return "";
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function seconds(time: Date): number {
  return time.getTime() / 1000;
}

/** Not negative, whatever the clocks of two machines say. */
function age(time: Date, now: Date): number {
  return Math.max(0, seconds(now) - seconds(time));
}
