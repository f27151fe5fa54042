import type { SaveRequest } from "../operations/save.ts";
import type { Address } from "./engine-calls.ts";
import type { RunEvent } from "./events.ts";

/** How an app is supervised. Times are in milliseconds. */
export interface RunRequest {
  /** The app: a program and its arguments. */
  readonly command: readonly string[];
  /** Of this process; the app gets it without what only Holdfast needs. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where snapshots are kept, and what opens them. */
  readonly address: Address;
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /** How the state is saved. */
  readonly saving: Pick<
    SaveRequest,
    "tags" | "exclude" | "include" | "wholeProfiles" | "freeze" | "maxPauseMs"
  >;
  readonly keepSessionCookies: boolean;
  /** Start in login mode even with a snapshot. */
  readonly login: boolean;
  /** What the app is given in login mode in addition; `null` for nothing. */
  readonly loginArgs: string | null;
  /** What shows that the login is done. */
  readonly loginWhen: readonly string[];
  readonly loginNeeds: "all" | "any";
  /** Sites whose login matters. */
  readonly watch: readonly string[];
  /** Which browser profile `HOLDFAST_COOKIES` is for; `null` for the only one of the state. */
  readonly profile: string | null;
  /** Where the app's browser can be driven. */
  readonly connect: string | null;
  readonly restoreTimeoutMs: number;
  readonly requireRestore: boolean;
  readonly intervalMs: number;
  readonly restart: "on-failure" | "always" | "never";
  readonly stopSignal: NodeJS.Signals | null;
  /** `null` for what the host gives. */
  readonly graceMs: number | null;
  readonly handoverMs: number;
  /** Addresses for notices. */
  readonly notify: readonly string[];
  readonly healthPort: number | null;
  /** Aborted with the name of the signal that asks for the end. */
  readonly signal: AbortSignal;
  /** Told what happens; must not throw. */
  readonly onEvent: (event: RunEvent) => void;
}
