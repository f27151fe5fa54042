import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunState } from "../../../src/run/status.ts";
import { LONG } from "../../support/long.ts";
import { createRandom, printedSeed, type Random } from "../../support/random.ts";
import { compareWithTable } from "./matrix.ts";
import { type FaultPlace, openPlace, PATIENTLY, SOON, type StartOptions } from "./place.ts";
import type { Running } from "./running.ts";

/** How a run comes to a state, and how long after that it is killed at the latest, in milliseconds. */
interface Moment {
  readonly state: RunState;
  readonly start?: StartOptions;
  /** Called when the app runs and has changed its state. */
  readonly lead?: (run: Running, place: FaultPlace) => unknown;
  readonly withinMs: number;
}

const stop = (run: Running): void => run.kill("SIGTERM");
const LOGIN: StartOptions = { flags: ["--login", "--login-args", "login", ...SOON], app: ["wait"] };

/** All but {@link LAST}, `replacing`, which takes a store that was down, and `ended`, where nothing is left to be killed. */
const MOMENTS: readonly Moment[] = [
  { state: "starting", withinMs: 200 },
  { state: "waiting-for-lease", withinMs: 100 },
  { state: "restoring", withinMs: 600 },
  { state: "login", start: LOGIN, lead: () => undefined, withinMs: 2_000 },
  {
    state: "settling",
    start: LOGIN,
    lead: (_, place) => void place.ask("done").catch(() => null),
    withinMs: 600,
  },
  { state: "normal", start: { flags: SOON }, lead: () => undefined, withinMs: 2_000 },
  { state: "backing-off", start: { flags: SOON, app: ["crash"] }, withinMs: 500 },
  { state: "stopping", lead: stop, withinMs: 50 },
];
const LAST: Moment = { state: "last-save", lead: stop, withinMs: 600 };

const ROUNDS = LONG ? 6 : 1;

test.concurrent(
  `killed ${LONG ? `${ROUNDS} times in each state` : "in every other state"}, a run loses nothing that was saved`,
  PATIENTLY,
  async () => {
    const random = createRandom(printedSeed("killed runs"));
    await using place = await openPlace();
    await place.saveWell("alice");
    const story = { place, random, saved: "alice", written: ["alice"] };
    // the short form takes every other one
    const odd = random.between(0, 2);
    const moments = LONG ? [...MOMENTS, LAST] : MOMENTS.filter((_, at) => at % 2 === odd);
    for (let round = 0; round < ROUNDS; round++)
      for (const [at, moment] of moments.entries()) await killAt(moment, story, (round + at) % 2 === 0);
    const run = await killAt(LAST, story, true);
    await place.mustStartWith(story.saved);
    const unsaved = "what has changed since the last save: at most the interval";
    await compareWithTable("everything is killed, in every state", { run, status: null, unsaved });
  },
);

test.concurrent(
  "killed while it makes room for the state that is back, a run loses nothing",
  PATIENTLY,
  async () => {
    const random = createRandom(printedSeed("killed replacements"));
    await using place = await openPlace({ onHub: true });
    await place.saveWell("alice");
    for (let round = 0; round < Math.ceil(ROUNDS / 2); round++) {
      place.wipe();
      const down = place.hub?.hub.faults.add({ fault: { kind: "reset" } });
      const killed = place.start({ flags: ["--restore-timeout", "1s"] });
      await killed.appSays(/nobody/);
      place.write("bob");
      down?.remove();
      await killed.says(/-> replacing/);
      await delay(random.between(0, 300));
      await killed.crash();
      await place.mustHold("alice");
    }
    await place.mustStartWith("alice");
  },
);

/** What was saved last, and what the app has written since, that included. */
interface Story {
  readonly place: FaultPlace;
  readonly random: Random;
  saved: string;
  written: string[];
}

async function killAt(
  { state, start, lead, withinMs }: Moment,
  story: Story,
  isWiped: boolean,
): Promise<Running> {
  const { place, random } = story;
  if (isWiped) place.wipe();
  const possible = isWiped ? [story.saved] : story.written;
  const run = place.start(start);
  if (lead !== undefined) {
    const mode = await run.appSays(/mode/);
    expect(possible).toContain(mode.replace(/^\w+ mode, /, ""));
    const login = `alice ${story.written.length}, ${state}`;
    place.write(login);
    story.written.push(login);
    lead(run, place);
  }
  if (state !== "starting" && state !== "login" && state !== "normal")
    await run.says(new RegExp(`-> ${state}:`));
  await delay(random.between(0, withinMs));
  await run.crash();
  story.saved = await place.heldAfter(story.written);
  story.written = story.written.slice(story.written.indexOf(story.saved));
  return run;
}
