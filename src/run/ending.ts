import { HoldfastError } from "../base/errors.ts";
import type { SaveResult } from "../operations/save.ts";
import { graceShares } from "./hosts.ts";
import type { Next } from "./machine.ts";
import { newSettled } from "./settled.ts";
import { stopReason } from "./stop-reason.ts";
import { stopApp, type StopManner } from "./stop-app.ts";
import type { RunningApp, Supervisor } from "./supervisor.ts";

/** An app whose login is done has so long to write what it knows and to end, in milliseconds. */
const SETTLE_MS = 20_000;
/** An app that ended by itself is saved without haste, but not for ever, in milliseconds. */
const UNHURRIED_MS = 300_000;

/** A store that has just come back is waited for a little longer, in milliseconds: the app has been stopped for it. */
const LEAST_RETURN_MS = 30_000;

/** `settling`: the login is done, so it is written to the disk, saved, and read back. */
export async function settle(supervisor: Supervisor): Promise<Next> {
  const { request, engine, saver, onEvent } = supervisor;
  engine.prepare("save");
  await stopRunning(supervisor, SETTLE_MS);
  saver.loginUnfinished = false;
  const { settled } = supervisor;
  supervisor.settled = newSettled();
  try {
    const result = await saver.save("login", { signal: request.signal, always: true });
    await verify(supervisor, result);
    settled.resolve(result);
    return request.signal.aborted
      ? { state: "last-save", reason: stopReason(request.signal) }
      : { state: "normal", reason: "the login is saved" };
  } catch (error) {
    settled.reject(error);
    if (request.signal.aborted) return { state: "last-save", reason: stopReason(request.signal) };
    onEvent({
      kind: "warning",
      message: "the login is not saved yet: it is tried again while the app runs",
      hint: "do not let the machine be wiped before a line says that it is saved",
    });
    saver.schedule.changed();
    return { state: "normal", reason: "the login is done, but not saved" };
  }
}

async function verify({ engine, request }: Supervisor, { snapshot }: SaveResult): Promise<void> {
  const isWhole = await engine.call("verify", { snapshot }, { signal: request.signal });
  if (isWhole) return;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the snapshot ${snapshot.slice(0, 8)} was saved, and cannot be read back`,
    hint: "look at what is wrong with the store: holdfast check --read-data",
  });
}

/** `replacing`: the store is back, so the app that was started without its state makes room for it. */
export async function replace(supervisor: Supervisor): Promise<Next> {
  const { request, engine } = supervisor;
  engine.prepare("resume");
  await stopRunning(supervisor, supervisor.graceMs);
  if (request.signal.aborted) return { state: "last-save", reason: stopReason(request.signal) };
  supervisor.restoreUntilMs = performance.now() + Math.max(request.restoreTimeoutMs, LEAST_RETURN_MS);
  supervisor.attempts = 0;
  return { state: "waiting-for-lease", reason: "the app has stopped" };
}

/** `stopping`: the app has its share of the time that the host gives. */
export async function stop(supervisor: Supervisor): Promise<Next> {
  const { engine, graceMs, running } = supervisor;
  engine.prepare("save"); // makes ready while the app ends
  await stopRunning(supervisor, graceShares(graceMs).appMs);
  supervisor.exit = (await running?.app.exited) ?? null;
  return { state: "last-save", reason: "the app has stopped" };
}

/** `last-save`: what is left of the time is for what has changed since the last save. */
export async function saveLast(supervisor: Supervisor): Promise<Next> {
  const { saver } = supervisor;
  const leftMs = timeLeftMs(supervisor);
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(leftMs)));
  let reason = supervisor.failure === null ? "saved" : "there is nothing to save";
  if (supervisor.failure === null) {
    // what goes wrong is told; the app's status is still what counts
    await saver.save("last", { signal }).catch(() => {
      reason = "not saved";
    });
  }
  return { state: "ended", reason };
}

function timeLeftMs({ stoppedAtMs, graceMs }: Supervisor): number {
  if (stoppedAtMs === null) return UNHURRIED_MS;
  return stoppedAtMs + graceMs - graceShares(graceMs).reserveMs - performance.now();
}

async function stopRunning(supervisor: Supervisor, withinMs: number): Promise<void> {
  const { request, running } = supervisor;
  if (running !== null) await endApp(supervisor, running, { signal: stopSignalOf(request), withinMs });
}

/** Ends an app, and what went on beside it; sooner when the host wants an end. */
export async function endApp(
  supervisor: Supervisor,
  { app, processes, guard }: RunningApp,
  manner: Omit<StopManner, "hurry" | "state">,
): Promise<void> {
  const { request, graceMs } = supervisor;
  const hurry = { signal: request.signal, withinMs: graceShares(graceMs).appMs };
  await stopApp(app, processes, { ...manner, state: request.state, hurry });
  guard?.release();
  await supervisor.background;
}

function stopSignalOf({ stopSignal, signal }: Supervisor["request"]): NodeJS.Signals {
  const asked: unknown = signal.reason;
  return stopSignal ?? (asked === "SIGINT" ? "SIGINT" : "SIGTERM");
}
