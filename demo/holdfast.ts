import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The fields that the demo shows of what `holdfast save --json` prints. */
export interface SaveResult {
  readonly snapshot: string;
  readonly files: { readonly total: number };
  readonly bytes: { readonly state: number; readonly stored: number };
  /** How long the browser stood still. */
  readonly paused_ms: number;
  /** What it said for people besides, for example that no password is set; lines, maybe none. */
  readonly warnings: readonly string[];
}

/** The same of `holdfast restore --json`. */
export interface RestoreResult {
  readonly files: number;
  readonly bytes: number;
}

const PROGRAM = join(import.meta.dirname, "..", "dist", "program", "main.js");

/** Saves a folder to a store, as a user does, and with the password that the environment names. */
export async function save(store: string, folder: string, call: CallOptions): Promise<SaveResult> {
  const words = ["save", "--store", store, "--state", folder, "--tag", "demo"];
  const { result, messages } = await holdfast<Omit<SaveResult, "warnings">>(words, call);
  return { ...result, warnings: messages };
}

/** Restores a snapshot of `folder` to another path. */
export async function restore(
  store: string,
  snapshot: string,
  target: { readonly folder: string; readonly to: string },
  call: CallOptions,
): Promise<RestoreResult> {
  const places = ["--store", store, "--state", target.folder, "--to", target.to];
  return (await holdfast<RestoreResult>(["restore", snapshot, ...places], call)).result;
}

/** How to run the program. */
export interface CallOptions {
  /** Where it may keep files of its own. */
  readonly home: string;
  readonly signal: AbortSignal;
}

/** @throws {Error} with what the program printed when it failed */
async function holdfast<Result>(
  words: readonly string[],
  { home, signal }: CallOptions,
): Promise<{ readonly result: Result; readonly messages: readonly string[] }> {
  const environment = { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, ".cache") };
  try {
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, [PROGRAM, ...words, "--json"], {
      env: environment,
      signal,
    });
    return { result: JSON.parse(stdout) as Result, messages: stderr.split("\n").filter(Boolean) };
  } catch (error) {
    throw new Error(`holdfast ${words[0]} failed: ${reasonOf(error)}`, { cause: error });
  }
}

/** An error of the contract is JSON on stdout; anything else is what was written for people. */
function reasonOf(error: unknown): string {
  const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
  return [stdout, stderr].join("\n").trim() || String(error);
}
