import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { run, type RunResult } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A home folder with a state to save, and the command line run in it as a user would. */
export interface Workbench extends AsyncDisposable {
  readonly path: string;
  readonly holdfast: Holdfast;
  at(...segments: string[]): string;
  /** Writes files of the state folder `data`, by relative name. */
  writeState(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a command to its end, whatever its status. Variables are added to the environment. */
  run(args: readonly string[], variables?: Readonly<Record<string, string>>): Promise<CliResult>;
  /** As {@link Workbench.run}, by somebody for whom modes of files count: not root. */
  runAsOrdinaryUser(args: readonly string[]): Promise<CliResult>;
}

/** Owns no files of the system. */
const NOBODY = 65_534;

/** What a run of the command line left on its streams. */
export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A password is set; give `""` for none. */
export async function openWorkbench(password = "correct horse"): Promise<Workbench> {
  const folder = await temporaryFolder();
  const holdfast = openHoldfast({ store: "./.holdfast", password, home: folder.path });
  const bench: Workbench = {
    path: folder.path,
    holdfast,
    at: (...segments) => folder.at(...segments),
    async writeState(files) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(folder.at("data"), name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, content);
      }
    },
    async run(args, variables = {}) {
      const env = { ...holdfast.env, TZ: "UTC", ...variables };
      return asTexts(await holdfast.run(args, { env, mayFail: true }));
    },
    async runAsOrdinaryUser(args) {
      if (process.getuid?.() !== 0) return bench.run(args);
      await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder.path]);
      const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...holdfast.command];
      return asTexts(
        await run("setpriv", [...asNobody, ...args], { env: holdfast.env, cwd: folder.path, mayFail: true }),
      );
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
  return bench;
}

/** A result with its streams as text. */
export function asTexts({ status, stdout, stderr }: RunResult): CliResult {
  return { status, stdout: stdout.toString(), stderr };
}

/** An error as the command line reports it: code by `--json`, sentence and hint on standard error. */
export interface ReportedError {
  readonly status: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Reads the error out of a failed run with `--json`, and holds it against the house rules: the same
 * sentence on both streams, lower case, no full stop, a hint.
 */
export function reportedError({ status, stdout, stderr }: CliResult): ReportedError {
  const { error } = JSON.parse(stdout) as { error: Omit<ReportedError, "status"> };
  const expected = [
    `holdfast: error: ${error.message}`,
    ...(error.hint === null ? [] : [`hint: ${error.hint}`]),
  ];
  if (!stderr.endsWith(`${expected.join("\n")}\n`))
    throw new Error(`not the same on both streams:\n${stderr}${stdout}`);
  for (const sentence of [error.message, error.hint ?? ""]) {
    if (sentence.endsWith(".")) throw new Error(`a full stop at the end: ${sentence}`);
    if (/^[A-Z][a-z]/.test(sentence)) throw new Error(`does not begin in lower case: ${sentence}`);
  }
  return { status, ...error };
}
