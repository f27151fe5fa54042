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
  /** The first and the last tick that were said to be written. */
  readonly first: Tick;
  readonly written: Tick;
  /** The last tick that had to be in a save that was done. */
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
        ...options.machine.place.loginFlags,
        // who was killed never answers
        "--handover",
        "1s",
        "--interval",
        `${options.intervalMs}ms`,
        "--grace",
        end === "3 s" ? `${SHORT_GRACE_MS}ms` : LONG_GRACE,
      ],
    });
    if (number === 0) {
      await logIn(life);
      if (options.machine.place.loginFlags.length === 0) life.type("done");
    }
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
}

async function endIt(
  life: Life,
  end: End,
  shown: Shown,
  { intervalMs, random }: StartsOptions,
): Promise<Pick<Start, "isCutOff" | "status" | "first" | "written" | "saved">> {
  const { sandbox } = life;
  await life.until(() => ticksOf(life)[TICKS - 1], `${TICKS} ticks`);
  if (end === "SIGKILL") {
    await life.until(() => savesOf(life)[0], "a save");
    // before the next save, in it, or after it
    await delay(random.between(0, 1.5 * intervalMs));
    sandbox.kill();
  } else {
    sandbox.tell("SIGTERM");
  }
  const isKilled = end === "3 s" ? await killAfter(SHORT_GRACE_MS, life) : end === "SIGKILL";
  const status = await sandbox.ended;
  const before: Tick = shown.file ?? { number: 0, atMs: 0 };
  const [first = before] = ticksOf(life);
  const written = ticksOf(life).at(-1) ?? before;
  const isCutOff = !life.events.some(
    (event) => event.kind === "transition" && event.state === "ended" && event.reason === "saved",
  );
  const savedMs = Math.max(0, ...savesOf(life));
  const saved = isCutOff ? (ticksOf(life).findLast(({ atMs }) => atMs < savedMs) ?? before) : written;
  return { isCutOff, status: isKilled ? null : status, first, written, saved };
}

/** Whether it had to be killed. */
async function killAfter(graceMs: number, { sandbox }: Life): Promise<boolean> {
  const limit = new AbortController();
  const isLate = delay(graceMs, true, { signal: limit.signal }).catch(() => false);
  const isKilled = await Promise.race([isLate, sandbox.ended.then(() => false)]);
  limit.abort();
  if (isKilled) sandbox.kill();
  return isKilled;
}

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
