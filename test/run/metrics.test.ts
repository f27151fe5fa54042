import { expect, test } from "vitest";
import { formatMetrics } from "../../src/run/metrics.ts";
import type { RunStatus } from "../../src/run/status.ts";
import { run } from "../support/run.ts";
import { FRESH, runStatus } from "./status.ts";

const NOW = new Date(1_700_000_100_000);

/** A line of the format, as its grammar has it. */
const LINE =
  /^(?:# HELP [a-z_]+ .+|# TYPE [a-z_]+ (?:gauge|counter)|([a-z_]+(?:\{[a-z_]+="[^"\\]*"\})?) (-?\d+(?:\.\d+)?(?:e[+-]\d+)?))$/;

function valuesOf(status: RunStatus): Readonly<Record<string, number>> {
  const text = formatMetrics(status, NOW);
  expect(text.endsWith("\n")).toBe(true);
  const values: Record<string, number> = {};
  for (const line of text.slice(0, -1).split("\n")) {
    const [match, name, value] = LINE.exec(line) ?? [];
    expect(match, line).toBe(line);
    if (name !== undefined) values[name] = Number(value);
  }
  return values;
}

test("everything that is known is there, in seconds and bytes", () => {
  const failingSince = new Date(NOW.getTime() - 60_000);
  const { saves } = runStatus();
  const snapshot = { id: "ab", time: new Date(NOW.getTime() - 90_000) };
  const values = valuesOf(runStatus({ snapshot, saves: { ...saves, failingSince }, quarantined: true }));
  expect(values).toMatchObject({
    'holdfast_state{state="normal"}': 1,
    'holdfast_state{state="login"}': 0,
    'holdfast_mode{mode="normal"}': 1,
    holdfast_state_since_timestamp_seconds: 1_700_000_000,
    holdfast_quarantined: 1,
    holdfast_handed_over: 0,
    holdfast_app_up: 1,
    holdfast_app_restarts_total: 2,
    'holdfast_saves_total{result="done"}': 5,
    'holdfast_saves_total{result="unchanged"}': 9,
    'holdfast_saves_total{result="failed"}': 1,
    holdfast_saves_failing_seconds: 60,
    holdfast_saved_bytes_total: 99_999,
    holdfast_save_pause_seconds_total: 0.04,
    holdfast_last_save_timestamp_seconds: 1_700_000_001.5,
    holdfast_last_save_duration_seconds: 0.25,
    holdfast_last_save_stored_bytes: 12_345,
    holdfast_last_save_state_bytes: 67_890,
    holdfast_last_save_pause_seconds: 0.008,
    holdfast_snapshot_age_seconds: 90,
  });
});

test("what is not known yet is left out", () => {
  const names = Object.keys(valuesOf(FRESH)).join(" ");
  expect(names).not.toMatch(/last_save|snapshot/);
  expect(names).toContain("holdfast_app_up");
});

const PYTHON = `import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, len(f.samples)] for f in text_string_to_metric_families(sys.argv[1])]))`;
const python = process.env["PYTHON"] ?? "python3";
const hasParser = await run(python, ["-c", "import prometheus_client.parser"], { mayFail: true }).then(
  ({ status }) => status === 0,
  () => false,
);
if (!hasParser) process.stdout.write("skipped: Python's prometheus_client is not installed\n");

test.skipIf(!hasParser)("Python's parser reads every line of it", async () => {
  const { stdout } = await run(python, ["-c", PYTHON, formatMetrics(runStatus(), NOW)]);
  const families = JSON.parse(stdout.toString()) as [string, string, number][];
  const samples = families.reduce((sum, [, , count]) => sum + count, 0);
  expect(samples).toBe(Object.keys(valuesOf(runStatus())).length);
  expect(families.filter(([, type]) => type === "unknown")).toEqual([]);
});
