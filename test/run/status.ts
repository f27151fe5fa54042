import type { RunStatus } from "../../src/run/status.ts";

/** A run that goes well, but for what is given. */
export function runStatus(given: Partial<RunStatus> = {}): RunStatus {
  return {
    state: "normal",
    since: new Date(1_700_000_000_000),
    mode: "normal",
    quarantined: false,
    handedOver: false,
    app: { pid: 4242, restarts: 2 },
    snapshot: { id: "1f".repeat(32), time: new Date(Date.now() - 90_000) },
    lastSave: {
      snapshot: "1f".repeat(32),
      time: new Date(1_700_000_001_500),
      seconds: 0.25,
      stored: 12_345,
      state: 67_890,
      pausedMs: 8,
    },
    saves: { done: 5, unchanged: 9, failed: 1, failingSince: null, storedBytes: 99_999, pausedMs: 40 },
    ...given,
  };
}

/** A run that has just begun. */
export const FRESH: RunStatus = runStatus({
  state: "starting",
  mode: null,
  app: { pid: null, restarts: 0 },
  snapshot: null,
  lastSave: null,
});
