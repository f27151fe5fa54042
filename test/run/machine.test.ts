import { expect, test } from "vitest";
import { type Next, type States, TRANSITIONS, walk } from "../../src/run/machine.ts";
import type { RunState } from "../../src/run/status.ts";

const STATES = Object.keys(TRANSITIONS) as RunState[];

function reachableFrom(start: RunState): Set<RunState> {
  const found = new Set<RunState>([start]);
  for (const state of found) for (const next of TRANSITIONS[state]) found.add(next);
  return found;
}

test("every state can be reached, and the end from every state", () => {
  expect([...reachableFrom("starting")].sort()).toEqual([...STATES].sort());
  for (const state of STATES) expect(reachableFrom(state)).toContain("ended");
});

test("no state is left for the end without a last save once the app has run", () => {
  const withApp: readonly RunState[] = [
    "login",
    "settling",
    "normal",
    "backing-off",
    "replacing",
    "stopping",
  ];
  for (const state of withApp) expect(TRANSITIONS[state]).not.toContain("ended");
});

test("walks from the start to the end, and tells of each step", async () => {
  const steps: string[] = [];
  await walk(following(["waiting-for-lease", "restoring", "ended"]), null, ({ from, state, reason }) => {
    steps.push(`${from} -> ${state}: ${reason}`);
  });
  expect(steps).toEqual([
    "starting -> waiting-for-lease: so",
    "waiting-for-lease -> restoring: so",
    "restoring -> ended: so",
  ]);
});

test("refuses a step that leads nowhere", async () => {
  const walking = walk(following(["waiting-for-lease", "normal"]), null, () => undefined);
  await expect(walking).rejects.toThrow("no way leads from waiting-for-lease to normal");
});

/** States that lead to these, in order. */
function following(path: readonly RunState[]): States<null> {
  const rest = [...path];
  const step = (): Promise<Next> => Promise.resolve({ state: rest.shift() ?? "ended", reason: "so" });
  return Object.fromEntries(STATES.map((state) => [state, step])) as unknown as States<null>;
}
