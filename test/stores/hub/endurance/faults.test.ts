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

/** The part of some requests that met a fault. */
function faultRate(requests: readonly LoggedRequest[]): number {
  return requests.filter(({ fault }) => fault !== null).length / requests.length;
}

test(`${ROUNDS} saves and restores lose nothing when every request fails at 5 %`, async () => {
  const time = fastTime();
  await using place = await hubPlace({ now: time.now });
  await using state = await openTestState();
  const seed = printedSeed("faults");
  const random = createRandom(seed);
  await createQuickly(place);
  place.hub.requests.length = 0;
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
    // Within the budget of commits, those of the pruning included.
    time.pass(120_000);
  }
  place.hub.faults.clear();
  const requests = [...place.hub.requests];
  const access = { store: await place.open(), password };
  const { snapshots: listed, damaged } = await snapshots(access);
  expect(damaged).toEqual([]);
  expect(listed.map(({ id }) => id)).toEqual(expected);
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  expect(faultRate(requests)).toBeGreaterThan(LONG ? 0.9 * FAULT_RATE : 0);
  for (const { origin, method, path } of LONG ? KINDS : []) {
    const some = requests.filter(
      (each) => each.origin === origin && (method ?? each.method) === each.method && path.test(each.path),
    );
    expect(faultRate(some), String(path)).toBeGreaterThan(0.5 * FAULT_RATE);
  }
});
