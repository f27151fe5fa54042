/** Where the life of a supervised app stands; the diagram is in ARCHITECTURE.md. */
export type RunState =
  | "starting"
  | "waiting-for-lease"
  | "restoring"
  | "login"
  | "settling"
  | "normal"
  | "backing-off"
  | "replacing"
  | "stopping"
  | "last-save"
  | "ended";

/** The last save that has succeeded. Sizes are in bytes. */
export interface LastSave {
  readonly snapshot: string;
  readonly time: Date;
  readonly seconds: number;
  /** Written to the store. */
  readonly stored: number;
  /** Size of all files together. */
  readonly state: number;
  /** Milliseconds for which the app stood still. */
  readonly pausedMs: number;
}

/** What is known about a run at one moment; for people, for the host and for measurements. */
export interface RunStatus {
  readonly state: RunState;
  readonly since: Date;
  /** Which mode the app was started in; `null` before its first start. */
  readonly mode: "login" | "normal" | null;
  /** What the app writes cannot replace what is saved: the store was not reached before it started. */
  readonly quarantined: boolean;
  /** Another instance has taken over: nothing more is saved as the good state. */
  readonly handedOver: boolean;
  readonly app: {
    readonly pid: number | null;
    /** How often it was started again after it ended by itself. */
    readonly restarts: number;
  };
  /** The snapshot that the state descends from: restored, or saved last. */
  readonly snapshot: { readonly id: string; readonly time: Date } | null;
  readonly lastSave: LastSave | null;
  readonly saves: {
    readonly done: number;
    /** Looked, and nothing had changed. */
    readonly unchanged: number;
    readonly failed: number;
    /** Since when no save has succeeded; `null` when the last one did. */
    readonly failingSince: Date | null;
    /** Written to the store by all saves, in bytes. */
    readonly storedBytes: number;
    /** Milliseconds for which the app stood still, in all saves. */
    readonly pausedMs: number;
  };
}
