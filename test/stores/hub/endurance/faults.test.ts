import { expect, test } from "vitest";
import { check } from "../../../../src/operations/check.ts";
import { forget } from "../../../../src/operations/forget.ts";
import { type OpenedRepository, openRepository } from "../../../../src/operations/open-repository.ts";
import { snapshots } from "../../../../src/operations/snapshots.ts";
import type { Fault, FaultRule } from "../../../hub/faults.ts";
import type { LoggedRequest } from "../../../hub/server.ts";
import { openTestState } from "../../../operations/state.ts";
import { LONG } from "../../../support/long.ts";
import { createRandom, printedSeed } from "../../../support/random.ts";
import { type HubPlace, hubPlace } from "../hub-store.ts";
import { createQuickly, expectSameState, fastTime, password, saveState, writeSomeFiles } from "./setting.ts";

const ROUNDS = LONG ? 1000 : 6;
const PRUNED_EVERY = LONG ? 5 : 6;
/** A store is opened anew so often, as at a start of the app; restores open one of their own each. */
const SAVES_A_START = 10;
const FAULT_RATE = 0.05;

/** What can happen to any request. */
const ANY: readonly Fault["kind"][] = ["reset", "server-error", "bad-gateway", "answer-lost"];
const OTHER_PATHS = /^(?!.*(\/commit\/|\/objects\/batch$|\/resolve(-cache)?\/))/;
/** Kinds of requests, each request being of one, and what else can happen to it. */
const KINDS: readonly (Pick<FaultRule, "origin" | "method"> & {
  readonly path: RegExp;
  readonly more: readonly Fault["kind"][];
})[] = [
  { origin: "cdn", method: "GET", path: /^/, more: ["truncated", "expired-url", "not-yet"] },
  // Its answer is empty, so that nothing of it can be cut off.
  { origin: "cdn", method: "PUT", path: /^/, more: ["expired-url"] },
  { origin: "hub", path: /\/commit\//, more: ["truncated", "conflict"] },
  { origin: "hub", path: /\/objects\/batch$/, more: ["truncated", "expired-url"] },
  { origin: "hub", path: /\/resolve(-cache)?\//, more: ["truncated", "not-yet"] },
  { origin: "hub", path: OTHER_PATHS, more: ["truncated"] },
];

/** Lets every request fail at the same rate, in all ways that it can, each as likely as the others. */
function addFaults({ hub }: HubPlace, firstSeed: number): void {
  let seed = firstSeed;
  for (const { more, ...where } of KINDS) {
    const faults = [...ANY, ...more];
    const rate = FAULT_RATE / faults.length;
    for (const [position, kind] of faults.entries()) {
      // Each is asked only when those before it have not hit.
      const probability = rate / (1 - position * rate);
      hub.faults.add({ ...where, fault: { kind } as Fault, probability, seed });
      seed += 1;
    }
  }
}

/** Requests of one kind, and how many of them met a fault. */
interface Tally {
  readonly what: string;
  readonly matches: (request: LoggedRequest) => boolean;
  requests: number;
  faults: number;
}

function newTallies(): Tally[] {
  return KINDS.map(({ origin, method, path }) => ({
    what: `${origin} ${path}`,
    matches: (each) =>
      each.origin === origin && (method ?? each.method) === each.method && path.test(each.path),
    requests: 0,
    faults: 0,
  }));
}

/** Counts what was logged, and empties the log, which would grow to a gigabyte. */
function count(tallies: readonly Tally[], { hub }: HubPlace): void {
  for (const request of hub.requests.splice(0)) {
    for (const tally of tallies.filter(({ matches }) => matches(request))) {
      tally.requests += 1;
      if (request.fault !== null) tally.faults += 1;
    }
  }
}

function expectRate(tallies: readonly Tally[]): void {
  const sum = (of: "requests" | "faults"): number => tallies.reduce((total, each) => total + each[of], 0);
  expect(sum("faults") / sum("requests")).toBeGreaterThan(LONG ? 0.9 * FAULT_RATE : 0);
  // Of some kinds there are few.
  for (const { what, requests, faults } of LONG ? tallies : [])
    expect(faults / requests, what).toBeGreaterThan(0.5 * FAULT_RATE);
}

test(`${ROUNDS} saves and restores lose nothing when every request fails at 5 %`, async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using state = await openTestState();
  const seed = printedSeed("faults");
  const random = createRandom(seed);
  await createQuickly(place);
  place.hub.requests.length = 0;
  const tallies = newTallies();
  addFaults(place, seed);
  let expected: string[] = [];
  let repository: OpenedRepository | null = null;
  for (let i = 1; i <= ROUNDS; i += 1) {
    await writeSomeFiles(state, random, 3, 10);
    if (i % SAVES_A_START === 1 || repository === null)
      repository = await openRepository({ store: await place.open(), password });
    const { snapshot } = await saveState(place, state, repository);
    expected.push(snapshot);
    await expectSameState(place, state);
    if (i % PRUNED_EVERY === 0) {
      const keep = { last: 5 };
      const { removed } = await forget({ repository, keep, prune: true });
      expected = expected.filter((id) => !removed.includes(id));
      expect(expected).toHaveLength(5);
    }
    count(tallies, place);
    // Within the budget of commits, those of the pruning included.
    time.pass(120_000);
  }
  place.hub.faults.clear();
  const access = { store: await place.open(), password };
  const { snapshots: listed, damaged } = await snapshots(access);
  expect(damaged).toEqual([]);
  expect(listed.map(({ id }) => id)).toEqual(expected);
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  expectRate(tallies);
});
