import { setTimeout as delay } from "node:timers/promises";
import { LOGGED_IN } from "../../../demo/browser.ts";
import type { Random } from "../../support/random.ts";
import type { Shown, Tick } from "./app-lines.ts";
import { type Life, type Machine, startLife } from "./life.ts";

/** How starts are ended: as a host does that has time, as a crash does, and as a host does that has little. */
export const ENDS = ["SIGTERM", "SIGKILL", "3 s"] as const;

/** One of {@link ENDS}. */
export type End = (typeof ENDS)[number];

/** A start that was ended, and what the one after it found. */
export interface Start {
  readonly number: number;
  readonly end: End;
  /** What the app did with its browser on SIGTERM. */
  readonly onSignal: "closes" | "leaves";
  /** Everything was killed, before the last save was done. */
  readonly isCutOff: boolean;
  /** `holdfast run` ended with the status of the app; `null` when it was killed. */
  readonly status: number | null;
  /** What the next start shows. */
  readonly next: Shown;
  /** The last tick that was said to be written, and the last one that had to be in a save that was done. */
  readonly written: Tick;
  readonly saved: Tick;
}

/** How often, and how. */
export interface StartsOptions {
  readonly machine: Machine;
  /** How many starts are ended and looked at; the first is the one with the login, and one more looks. */
  readonly ended: number;
  readonly intervalMs: number;
  readonly random: Random;
}

/** Ends as a host gives them; a loaded machine gets more than most give. */
const LONG_GRACE = "30s";
const SHORT_GRACE_MS = 3_000;
const TICKS = 4;

/**
 * Logs in once, in login mode; then starts again and again on an empty disk.
 *
 * @throws {Error} when the first start does not come to normal mode by itself
 */
export async function startAgainAndAgain(options: StartsOptions): Promise<Start[]> {
  const starts: Start[] = [];
  let before: Omit<Start, "next"> | null = null;
  for (let number = 0; number <= options.ended; number++) {
    const end: End = ENDS[number % ENDS.length] ?? "SIGTERM";
    const onSignal = number % 2 === 0 ? "closes" : "leaves";
    await using life = await startLife(options.machine, {
      isFirst: number % 4 < 2,
      onSignal,
      flags: [
        "--interval",
        `${options.intervalMs}ms`,
        "--grace",
        end === "3 s" ? `${SHORT_GRACE_MS}ms` : LONG_GRACE,
      ],
    });
    if (number === 0) await logIn(life);
    const shown = await life.until(() => life.lines.find(isShownIn("normal")), "normal mode");
    if (before !== null) starts.push({ ...before, next: shown });
    if (number === options.ended) break;
    before = { number, end, onSignal, ...(await endIt(life, end, shown, options)) };
  }
  return starts;
}

async function logIn(life: Life): Promise<void> {
  const fresh = await life.until(() => life.lines.find(isShownIn("login")), "login mode");
  if (fresh.status === LOGGED_IN) throw new Error("it was logged in before anybody had logged in");
  life.type("log in");
  await life.until(
    () => life.lines.find((line) => isShownIn("login")(line) && line.status === LOGGED_IN),
    "a login",
  );
  life.type("done");
}

async function endIt(
  life: Life,
  end: End,
  shown: Shown,
  { intervalMs, random }: StartsOptions,
): Promise<Pick<Start, "isCutOff" | "status" | "written" | "saved">> {
  const { sandbox } = life;
  await life.until(() => ticksOf(life)[TICKS - 1], `${TICKS} ticks`);
  let cut: number | null = null;
  if (end === "SIGKILL") {
    await life.until(() => savesOf(life)[0], "a save");
    // before the next save, in it, or after it
    await delay(random.between(0, 1.5 * intervalMs));
    cut = KILLED;
    sandbox.kill();
  } else {
    sandbox.tell("SIGTERM");
    if (end === "3 s") {
      const limit = new AbortController();
      const killed = delay(SHORT_GRACE_MS, null, { signal: limit.signal }).then(
        () => {
          cut = KILLED;
          sandbox.kill();
        },
        () => undefined,
      );
      await sandbox.ended;
      limit.abort();
      await killed;
    }
  }
  const status = await sandbox.ended;
  const ticks = ticksOf(life);
  const first: Tick = shown.file ?? { number: 0, atMs: 0 };
  const hasLastSave = life.events.some(
    (event) => event.kind === "transition" && event.state === "ended" && event.reason === "saved",
  );
  const savedMs = Math.max(0, ...savesOf(life));
  const written = ticks.at(-1) ?? first;
  const saved = hasLastSave ? written : (ticks.findLast(({ atMs }) => atMs < savedMs) ?? first);
  return { isCutOff: !hasLastSave, status: cut === null ? status : null, written, saved };
}

const KILLED = 137;

/** When the content of each save of this start was there at the latest, in milliseconds since 1970. */
function savesOf(life: Life): number[] {
  return life.events.flatMap((event) =>
    event.kind === "saved" && event.reason === "changed"
      ? [event.arrivedMs - event.result.seconds * 1000]
      : [],
  );
}

function ticksOf(life: Life): Tick[] {
  return life.lines.flatMap((line) => (line.app === "tick" ? [line] : []));
}

function isShownIn(mode: "login" | "normal") {
  return (line: Life["lines"][number]): line is Extract<Life["lines"][number], { app: "shown" }> =>
    line.app === "shown" && line.mode === mode;
}
