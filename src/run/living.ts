import { mkdirSync } from "node:fs";
import { isHoldfastError } from "../base/errors.ts";
import { appEnvironment } from "./app-environment.ts";
import { AppProcesses } from "./app-processes.ts";
import { type AppExit, startApp, statusOfFailedStart } from "./app.ts";
import { afterCrash, restartDelayMs } from "./back-off.ts";
import { aborted, delay } from "./delay.ts";
import { guardApp } from "./guard-app.ts";
import { keepLease } from "./keep-lease.ts";
import { leaveQuarantine } from "./leave-quarantine.ts";
import type { Next } from "./machine.ts";
import { stopReason } from "./stop-reason.ts";
import { loginContext, type RunningApp, type Supervisor } from "./supervisor.ts";
import { watchState } from "./watch-state.ts";

/** How often the rules that end a login are asked, in milliseconds. */
const RULES_EVERY_MS = 1_000;
/** What an app that ended by itself leaves behind has so long to end too, in milliseconds. */
const REST_MS = 5_000;
/** A save that keeps failing for so long is worth a notice, in milliseconds. */
const FAILING_MS = 15 * 60_000;

/** What ended the life of an app in one of its modes. */
type End =
  | { readonly kind: "stop" }
  | { readonly kind: "exit"; readonly exit: AppExit }
  | { readonly kind: "logged-in"; readonly reason: string }
  /** What is saved has to take the place of what the app was started with. */
  | { readonly kind: "outdated"; readonly reason: string };

/** `login` and `normal`: the app runs, and is saved. */
export async function live(supervisor: Supervisor, mode: "login" | "normal"): Promise<Next> {
  const { request, saver, onEvent } = supervisor;
  supervisor.mode = mode;
  saver.loginUnfinished = mode === "login";
  for (const folder of request.state) mkdirSync(folder, { recursive: true });
  const words = mode === "login" ? [...request.command, ...supervisor.loginWords] : request.command;
  let running: RunningApp;
  try {
    const app = await startApp({ words, environment: appEnvironment(request.environment, mode) });
    running = { app, processes: new AppProcesses(app.pid), guard: guardApp(app.pid), mode };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    supervisor.failure = error;
    supervisor.exit = { status: statusOfFailedStart(error), livedMs: 0 };
    return { state: "last-save", reason: "the app cannot be started" };
  }
  supervisor.running = running;
  onEvent({ kind: "started", pid: running.app.pid, mode });
  void import("./ending.ts"); // while there is time
  if (mode === "login") askForLogin(supervisor);
  const end = await endOf(supervisor, running);
  supervisor.onLoginDone = null;
  if (end.kind === "stop") return { state: "stopping", reason: stopReason(request.signal) };
  if (end.kind === "outdated") return { state: "replacing", reason: end.reason };
  if (end.kind === "logged-in") return { state: "settling", reason: end.reason };
  return afterExit(supervisor, running, end.exit);
}

/** `backing-off`: the app ended by itself and is started again after a while. */
export async function backOff(supervisor: Supervisor): Promise<Next> {
  const { request, crashes, mode, saver } = supervisor;
  const delayMs = restartDelayMs(crashes) ?? 0;
  const scope = new AbortController();
  const signal = AbortSignal.any([request.signal, scope.signal]);
  const back =
    saver.quarantined && supervisor.comesBack
      ? leaveQuarantine(supervisor, signal)
      : aborted(signal).then(() => false);
  const isBack = await Promise.race([back, delay(delayMs, signal).then(() => false)]);
  scope.abort();
  await back;
  if (request.signal.aborted) return { state: "last-save", reason: stopReason(request.signal) };
  if (isBack) return { state: "replacing", reason: "the store is back" };
  return { state: mode ?? "normal", reason: `after ${delayMs / 1000} s` };
}

/** All that goes on while the app lives ends with the first thing that ends its life. */
async function endOf(supervisor: Supervisor, running: RunningApp): Promise<End> {
  const { request, saver } = supervisor;
  const scope = new AbortController();
  const signal = AbortSignal.any([request.signal, scope.signal]);
  const { promise: loginDone, resolve: onLoginDone } = Promise.withResolvers<End>();
  if (running.mode === "login") {
    supervisor.onLoginDone = () => onLoginDone({ kind: "logged-in", reason: "said to be done" });
  }
  const background = [saveWhenDue(supervisor, running, signal), tellFailing(supervisor, signal)];
  const ends: Promise<End>[] = [
    running.app.exited.then((exit) => ({ kind: "exit", exit })),
    aborted(request.signal).then(() => ({ kind: "stop" })),
    loginDone,
  ];
  const late = keepLease(supervisor, running, signal);
  background.push(late.then(() => undefined));
  ends.push(
    late.then((is) =>
      is ? { kind: "outdated", reason: "another instance was faster, and has saved since" } : never(),
    ),
  );
  if (running.mode === "login" && supervisor.rules.length > 0) {
    const held = whenLoggedIn(supervisor, signal);
    background.push(held.then(() => undefined));
    ends.push(held.then((is) => (is ? { kind: "logged-in", reason: "the login rules hold" } : never())));
  }
  if (saver.quarantined && supervisor.comesBack) {
    const back = leaveQuarantine(supervisor, signal);
    background.push(back.then(() => undefined));
    ends.push(back.then((is) => (is ? { kind: "outdated", reason: "the store is back" } : never())));
  }
  try {
    return await Promise.race(ends);
  } finally {
    scope.abort();
    // not waited for here: the app is told to stop first
    supervisor.background = Promise.all(background);
  }
}

function never(): Promise<End> {
  return new Promise(() => undefined);
}

async function saveWhenDue(
  { request, saver }: Supervisor,
  { app, processes }: RunningApp,
  signal: AbortSignal,
): Promise<void> {
  await using _watch = await watchState(request.state, request.intervalMs, () => saver.schedule.changed());
  saver.schedule.changed(); // what the app did before it was watched
  for (;;) {
    await saver.schedule.due(signal);
    if (signal.aborted) return;
    processes.look(); // so that they are known when their parents have ended
    if (saver.handedOver) {
      saver.schedule.begins();
      continue;
    }
    try {
      await saver.save("changed", { signal, processGroup: app.pid });
    } catch {
      // told already; the schedule tries again
    }
  }
}

async function tellFailing({ saver, notifier }: Supervisor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(60_000, signal);
    const { failingSince } = saver.counts;
    if (failingSince === null || Date.now() - failingSince.getTime() < FAILING_MS) continue;
    const message = `no save has succeeded since ${failingSince.toISOString()}`;
    void notifier.notify({ event: "save-failing", message });
  }
}

async function whenLoggedIn(supervisor: Supervisor, signal: AbortSignal): Promise<boolean> {
  const { request, rules } = supervisor;
  const { loginHolds } = await import("./login-rules.ts");
  const context = loginContext(supervisor, signal);
  try {
    while (!signal.aborted) {
      if (await loginHolds(rules, request.loginNeeds, context)) return true;
      await delay(RULES_EVERY_MS, signal);
    }
  } catch {
    // cancelled in the middle of a question
  }
  return false;
}

function askForLogin({ onEvent, notifier, rules }: Supervisor): void {
  const message = "log in now, in the app";
  const hint =
    rules.length > 0
      ? "it is saved when the login is seen, when the app ends, or when you say: holdfast done"
      : "when you are done, end the app, or say: holdfast done";
  onEvent({ kind: "request", message, hint });
  void notifier.notify({ event: "login-needed", message });
}

/** The app ended by itself: it has done its work, or has crashed. */
async function afterExit(supervisor: Supervisor, running: RunningApp, exit: AppExit): Promise<Next> {
  const { request } = supervisor;
  const signal = request.stopSignal ?? "SIGTERM";
  const { endApp } = await import("./ending.ts");
  await endApp(supervisor, running, { signal, withinMs: REST_MS });
  const ended = `the app ended with status ${exit.status}`;
  if (running.mode === "login" && exit.status === 0) return { state: "settling", reason: ended };
  supervisor.exit = exit;
  const isFailure = exit.status !== 0;
  if (request.restart === "never" || (request.restart === "on-failure" && !isFailure)) {
    return { state: "last-save", reason: ended };
  }
  supervisor.crashes = afterCrash(supervisor.crashes, exit.livedMs);
  if (restartDelayMs(supervisor.crashes) !== null) return { state: "backing-off", reason: ended };
  const reason = `${ended} for the ${supervisor.crashes.inARow}th time in a row`;
  void supervisor.notifier.notify({ event: "gave-up", message: reason });
  return { state: "last-save", reason };
}
