import type { HoldfastError } from "../base/errors.ts";
import type { SaveResult } from "../operations/save.ts";
import { openStore } from "../stores/open.ts";
import type { Store } from "../stores/store.ts";
import type { App, AppExit } from "./app.ts";
import type { AppProcesses } from "./app-processes.ts";
import type { AppGuard } from "./guard-app.ts";
import type { Crashes } from "./back-off.ts";
import type { Engine } from "./engine.ts";
import type { RunEvent } from "./events.ts";
import { thisOwner } from "./lease-owner.ts";
import { type Lease, takeLease, type TakeLeaseOptions } from "./lease.ts";
import type { LoginContext } from "./login-context.ts";
import type { LoginRule } from "./login-rules.ts";
import type { Notifier } from "./notices.ts";
import type { RunRequest } from "./request.ts";
import type { StateSaver } from "./state-saver.ts";
import type { RunState, RunStatus } from "./status.ts";

/** An app that runs, with all its processes and the mode that it was started in. */
export interface RunningApp {
  readonly app: App;
  readonly processes: AppProcesses;
  readonly guard: AppGuard | null;
  readonly mode: "login" | "normal";
}

/** A lease on its way. */
export interface LeaseClaim {
  /** `null` when it cannot be had; that was told. */
  readonly lease: Promise<Lease | null>;
  /** Somebody else was faster, and has handed over since: what was restored meanwhile may be old. */
  readonly wasLate: () => boolean;
}

/** What a run has and knows; each state of the machine reads and changes it. */
export interface Supervisor {
  readonly request: RunRequest;
  readonly engine: Engine;
  readonly saver: StateSaver;
  readonly notifier: Notifier;
  readonly rules: readonly LoginRule[];
  /** What the app is given in login mode in addition. */
  readonly loginWords: readonly string[];
  /** From the stop signal to the end by force, in milliseconds. */
  readonly graceMs: number;
  readonly onEvent: (event: RunEvent) => void;
  /** Takes the lease of the store, and opens the store for that at the first call. */
  readonly takeLease: (told: Pick<TakeLeaseOptions, "onWaiting" | "onFree" | "signal">) => Promise<Lease>;
  state: { readonly name: RunState; readonly since: Date };
  lease: Lease | null;
  /** A lease that is being taken while the state is restored: nobody else seemed to have it. */
  claim: LeaseClaim | null;
  /** Until when the store is tried to be reached before the app is started without its state, in milliseconds. */
  restoreUntilMs: number;
  /** In quarantine: what kept the state away may pass by itself, so that it is worth to stop the app for it. */
  comesBack: boolean;
  /** How often the store was tried to be reached since. */
  attempts: number;
  running: RunningApp | null;
  /** What goes on beside the app, and ends soon after it. */
  background: Promise<unknown>;
  mode: "login" | "normal" | null;
  crashes: Crashes;
  /** How the app ended, when it has ended for good. */
  exit: AppExit | null;
  /** When the stop signal came, in milliseconds of the monotonic clock; `null` before. */
  stoppedAtMs: number | null;
  /** Called when a person says that the login is done; `null` while no login is under way. */
  onLoginDone: (() => void) | null;
  /** Resolves with the save that ends the login. */
  settled: PromiseWithResolvers<SaveResult>;
  /** Why the run ends with a failure of its own, whatever the app's status is. */
  failure: HoldfastError | null;
}

/** What is known about a run, for whoever asks. */
export function statusOf(supervisor: Supervisor): RunStatus {
  const { state, saver, running, crashes, mode } = supervisor;
  return {
    state: state.name,
    since: state.since,
    mode,
    quarantined: saver.quarantined,
    handedOver: saver.handedOver,
    app: {
      pid: running === null || running.app.hasExited() ? null : running.app.pid,
      restarts: crashes.total,
    },
    snapshot: saver.base,
    lastSave: saver.lastSave,
    saves: saver.counts,
  };
}

/** Where the rules of a login look; one for each time that they are asked in a row. */
export function loginContext({ request, onEvent }: Supervisor, signal: AbortSignal): LoginContext {
  return {
    state: request.state,
    folder: process.cwd(),
    connect: request.connect,
    signal,
    onProblem: ({ message, hint }) => onEvent({ kind: "warning", message, hint }),
  };
}

/** What takes the lease of the store of a request, again and again as the same instance. */
export function leaseTaker({ address, handoverMs, signal }: RunRequest): {
  readonly take: Supervisor["takeLease"];
  readonly close: () => Promise<void>;
} {
  const owner = thisOwner(new Date());
  let opened: Promise<Store> | null = null;
  return {
    take: async (told) => {
      const store = await (opened ??= openStore(address.store, { credentials: address.credentials }));
      const either = told.signal === undefined ? signal : AbortSignal.any([signal, told.signal]);
      return takeLease(store, { owner, handoverMs, ...told, signal: either });
    },
    close: async () => {
      const store = await opened?.catch(() => null);
      await store?.close();
    },
  };
}
