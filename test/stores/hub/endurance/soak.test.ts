import { expect, test } from "vitest";
import { check } from "../../../../src/operations/check.ts";
import { forget } from "../../../../src/operations/forget.ts";
import { type OpenedRepository, openRepository } from "../../../../src/operations/open-repository.ts";
import { FREE_ACCOUNT } from "../../../hub/limits.ts";
import { openTestState } from "../../../operations/state.ts";
import { LONG } from "../../../support/long.ts";
import { createRandom, printedSeed } from "../../../support/random.ts";
import { type HubPlace, hubPlace, REPO } from "../hub-store.ts";
import { createQuickly, expectSameState, password, saveState, writeSomeFiles } from "./setting.ts";

const HOUR_MS = 3_600_000;
const SAVES = LONG ? 2000 : 20;
/** A store is opened anew so often, as at a start of the app. */
const SAVES_A_START = 20;
const KEPT = LONG ? 20 : 10;
const PRUNED_EVERY = LONG ? 50 : 10;

/** The most commits that any hour has seen. */
function busiestHour(place: HubPlace): number {
  const timesMs = place.hub.requests
    .filter(({ method, path, status }) => method === "POST" && /\/commit\//.test(path) && status === 200)
    .map(({ timeMs }) => timeMs);
  return Math.max(
    ...timesMs.map((end) => timesMs.filter((each) => each > end - HOUR_MS && each <= end).length),
  );
}

function storedBytes(place: HubPlace): number {
  return (
    place.hub
      .repo(REPO)
      ?.lfsObjects()
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0
  );
}

test(`${SAVES} saves keep within all limits, and the dataset does not grow for ever`, async () => {
  let nowMs = Date.parse("2026-11-01T00:00:00Z");
  const clock = (): number => nowMs;
  const retry = { sleep: async (delayMs: number): Promise<void> => void (nowMs += delayMs) };
  await using hub = await hubPlace({ now: clock, limits: FREE_ACCOUNT });
  const place: HubPlace = { ...hub, open: (options) => hub.open({ retry, ...options }) };
  await using state = await openTestState();
  const random = createRandom(printedSeed("soak"));
  await createQuickly(place);
  await writeSomeFiles(state, random, 40);
  await saveState(place, state);
  const largest: number[] = [];
  let repository: OpenedRepository | null = null;
  for (let i = 1; i <= SAVES; i += 1) {
    if (i % SAVES_A_START === 1 || repository === null)
      repository = await openRepository({ store: await place.open(), password });
    const due = await repository.nextSaveAt();
    nowMs = Math.max(nowMs + 30_000, due?.getTime() ?? 0);
    await writeSomeFiles(state, random, 2);
    await saveState(place, state, repository);
    if (i % PRUNED_EVERY === 0) {
      nowMs = Math.max(nowMs, (await repository.nextSaveAt())?.getTime() ?? 0);
      await forget({ repository, keep: { last: KEPT }, prune: true });
      largest.push(storedBytes(place));
    }
    if (i % 100 === 0 || i === SAVES) await expectSameState(place, state);
  }
  expect(busiestHour(place)).toBeLessThanOrEqual(60);
  // Twenty snapshots of some 800 KB and what an hour of saves has added, with room for packs half used.
  expect(Math.max(...largest)).toBeLessThan(8_000_000);
  const { errors } = await check({ store: await place.open(), password, readData: true });
  expect(errors).toEqual([]);
});
