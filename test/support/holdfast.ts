import { join } from "node:path";
import { run, type RunningProcess, type RunOptions, type RunResult, start } from "./run.ts";

/** What `holdfast save --json` says (the command contract). */
export interface SaveResult {
  readonly snapshot: string;
  readonly parent: string | null;
  readonly files: {
    readonly total: number;
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  readonly bytes: {
    readonly state: number;
    readonly read: number;
    readonly added: number;
    readonly stored: number;
  };
  readonly paused_ms: number;
}

/** Our command line and one store. Every call is a process of its own. */
export interface Holdfast {
  readonly store: string;
  readonly password: string;
  /** Program and arguments, for whoever starts it in another way. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: NodeJS.ProcessEnv;
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** @param options the environment is added to ours, in `run` as well */
  start(args: readonly string[], options?: RunOptions): RunningProcess;
  /** As {@link Holdfast.run}, parsed from JSON. */
  json(args: readonly string[]): Promise<unknown>;
  save(folder: string, ...options: readonly string[]): Promise<SaveResult>;
  restore(snapshot: string, target: string, ...options: readonly string[]): Promise<void>;
  /** Reads every byte; rejects when anything is wrong. */
  check(): Promise<void>;
}

/** Where the pieces are. */
export interface HoldfastOptions {
  readonly store: string;
  readonly password: string;
  /** A folder for caches; nothing of the user's own is read or written. */
  readonly home: string;
}

/**
 * What users run, built by `build.ts` before the first test. It starts in half the time of the sources,
 * whose types Node strips when it loads them.
 */
export const ENTRY: string = join(import.meta.dirname, "..", "..", "dist", "program", "main.js");

/** Nothing is touched yet. */
export function openHoldfast(options: HoldfastOptions): Holdfast {
  const { store, password, home } = options;
  const command = [process.execPath, ENTRY] as const;
  const env = {
    PATH: process.env["PATH"],
    TMPDIR: process.env["TMPDIR"],
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    HOLDFAST_STORE: store,
    HOLDFAST_PASSWORD: password,
  };
  const runHoldfast: Holdfast["run"] = (args, more) =>
    run(command[0], [...command.slice(1), ...args], { cwd: home, ...more, env: { ...env, ...more?.env } });
  const holdfast: Holdfast = {
    store,
    password,
    command: [...command],
    env,
    run: runHoldfast,
    start: (args, more) =>
      start(command[0], [...command.slice(1), ...args], {
        cwd: home,
        ...more,
        env: { ...env, ...more?.env },
      }),
    json: async (args) => JSON.parse((await runHoldfast([...args, "--json"])).stdout.toString()) as unknown,
    save: async (folder, ...more) =>
      (await holdfast.json(["save", "--state", folder, ...more])) as SaveResult,
    restore: async (snapshot, target, ...more) =>
      void (await runHoldfast(["restore", snapshot, "--to", target, ...more])),
    check: async () => void (await runHoldfast(["check", "--read-data"])),
  };
  return holdfast;
}
