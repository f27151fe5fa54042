import { existsSync } from "node:fs";
import { constants, hostname } from "node:os";
import { basename } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import type { SaveResult } from "../operations/save.ts";
import { start, restoreState, waitForLease } from "./beginning.ts";
import { NO_CRASHES } from "./back-off.ts";
import { controlPath, type ControlRequest, serveControl } from "./control.ts";
import { Engine } from "./engine.ts";
import { detectHost } from "./hosts.ts";
import { backOff, live } from "./living.ts";
import type { LoginRule } from "./login-rules.ts";
import { type States, walk } from "./machine.ts";
import type { Notifier } from "./notices.ts";
import { newSettled } from "./settled.ts";
import { reapOrphans } from "./reap-orphans.ts";
import { releaseLease } from "./release-lease.ts";
import type { RunRequest } from "./request.ts";
import { splitWords } from "./split-words.ts";
import type { RunState } from "./status.ts";
import { StateSaver } from "./state-saver.ts";
import { storeKey } from "./store-key.ts";
import { leaseTaker, statusOf, type Supervisor } from "./supervisor.ts";

/** Loaded when the app runs: it need not wait for that. */
const ending = () => import("./ending.ts");

const STATES: States<Supervisor> = {
  starting: start,
  "waiting-for-lease": waitForLease,
  restoring: restoreState,
  login: (supervisor) => live(supervisor, "login"),
  settling: async (supervisor) => (await ending()).settle(supervisor),
  normal: (supervisor) => live(supervisor, "normal"),
  "backing-off": backOff,
  replacing: async (supervisor) => (await ending()).replace(supervisor),
  stopping: async (supervisor) => (await ending()).stop(supervisor),
  "last-save": async (supervisor) => (await ending()).saveLast(supervisor),
};

/** What lies in the folders then is not the app's state. */
const WITHOUT_STATE: ReadonlySet<RunState> = new Set([
  "starting",
  "waiting-for-lease",
  "restoring",
  "replacing",
]);

/** Notices that are still on their way have so long to arrive when the run ends, in milliseconds. */
const NOTICES_MS = 2_000;

/**
 * Supervises an app: restores its state, starts it, saves the state while it runs and when it stops.
 *
 * @returns the exit status of the app, as a shell would say it
 * @throws {HoldfastError} `CONFIG` for wrong settings; `LOCKED` when the state is supervised already; what
 *   the restore throws for a wrong configuration, and everything with `requireRestore`
 */
export async function run(request: RunRequest): Promise<number> {
  const { onEvent, state } = request;
  const leases = leaseTaker(request);
  const engine = new Engine(request.address);
  const notifier = await openNotifier(request);
  const supervisor: Supervisor = {
    request,
    engine,
    notifier,
    saver: new StateSaver({
      engine,
      state,
      saving: request.saving,
      intervalMs: request.intervalMs,
      now: () => new Date(),
      onEvent,
    }),
    rules: await readRules(request.loginWhen),
    loginWords: request.loginArgs === null ? [] : splitWords(request.loginArgs),
    graceMs: request.graceMs ?? detectHost(request.environment, existsSync).graceMs,
    onEvent,
    takeLease: leases.take,
    state: { name: "starting", since: new Date() },
    lease: null,
    claim: null,
    restoreUntilMs: performance.now() + request.restoreTimeoutMs,
    attempts: 0,
    comesBack: false,
    running: null,
    background: Promise.resolve(),
    mode: null,
    crashes: NO_CRASHES,
    exit: null,
    stoppedAtMs: null,
    onLoginDone: null,
    settled: newSettled(),
    failure: null,
  };
  request.signal.addEventListener("abort", () => {
    supervisor.stoppedAtMs ??= performance.now();
  });
  process.on("exit", () => killRest(supervisor));
  using _orphans = reapOrphans((pid) => engine.owns(pid) || isOfApp(supervisor, pid));
  try {
    await using _control = await serveControl(controlPath(state, request.environment), (asked) =>
      obey(supervisor, asked),
    );
    await using _health =
      request.healthPort === null
        ? undefined
        : await (
            await import("./health.ts")
          ).serveHealth(request.healthPort, "0.0.0.0", () => statusOf(supervisor));
    await walk(STATES, supervisor, (transition) => {
      supervisor.state = { name: transition.state, since: new Date() };
      onEvent({ kind: "transition", ...transition });
    });
    if (supervisor.failure !== null) onEvent(failureEvent(supervisor.failure));
    return supervisor.exit?.status ?? statusOfStop(request.signal);
  } finally {
    engine.close();
    await releaseLease(supervisor);
    await notifier.settle(NOTICES_MS);
    await leases.close();
  }
}

async function readRules(texts: readonly string[]): Promise<readonly LoginRule[]> {
  if (texts.length === 0) return [];
  const { parseLoginRule } = await import("./login-rules.ts");
  return texts.map(parseLoginRule);
}

/** Whoever names no address is told by the log alone. */
async function openNotifier({ notify, environment, onEvent }: RunRequest): Promise<Notifier> {
  const nobody = (): Promise<void> => Promise.resolve();
  if (notify.length === 0) return { notify: nobody, settle: nobody };
  const { createNotifier } = await import("./notices.ts");
  return createNotifier(notify, {
    app: environment["SPACE_ID"] ?? basename(process.cwd()),
    host: hostname(),
    onFailure: (message) => onEvent({ kind: "warning", message, hint: null }),
  });
}

function isOfApp({ running }: Supervisor, pid: number): boolean {
  return running !== null && (running.app.pid === pid || running.guard?.pid === pid);
}

function failureEvent(error: HoldfastError): { kind: "warning"; message: string; hint: string | null } {
  return { kind: "warning", message: error.message, hint: error.hint };
}

/** Stopped before there was an app: as a shell says it of a program that the signal has ended. */
function statusOfStop(signal: AbortSignal): number {
  const reason: unknown = signal.reason;
  const number = Object.entries(constants.signals).find(([name]) => name === reason)?.[1];
  return 128 + (number ?? constants.signals.SIGTERM);
}

/** Whatever ends this process, for example a second signal: the app does not outlive it. */
function killRest({ running }: Supervisor): void {
  if (running === null) return;
  running.processes.signal("SIGKILL");
}

async function obey(supervisor: Supervisor, { command, store, tags }: ControlRequest): Promise<unknown> {
  const { saver, running, request, state } = supervisor;
  const processGroup = running === null || running.app.hasExited() ? undefined : running.app.pid;
  const isOurs = store === undefined || store === storeKey(request.address.store);
  if (command !== "status" && WITHOUT_STATE.has(state.name)) throw notBackYet();
  switch (command) {
    case "status":
      return statusOf(supervisor);
    case "save":
      return isOurs ? await saver.save("asked", { processGroup, tags }) : null;
    case "adopt":
      return isOurs ? await saver.save("adopted", { processGroup, tags }) : null;
    case "done":
      return finishLogin(supervisor);
    default:
      throw new HoldfastError({ code: "CONFIG", message: "holdfast run does not know this command" });
  }
}

function notBackYet(): HoldfastError {
  return new HoldfastError({
    code: "LOCKED",
    message: "the state is not back yet, so there is nothing to save",
    hint: "try again when the app runs",
  });
}

async function finishLogin({ onLoginDone, settled }: Supervisor): Promise<SaveResult> {
  if (onLoginDone === null) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "no login is under way",
      hint: "start one with: holdfast run --login",
    });
  }
  onLoginDone();
  return settled.promise;
}
