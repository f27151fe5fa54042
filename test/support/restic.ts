import { run, type RunOptions, type RunResult } from "./run.ts";

/** A restic binary of one version. */
export interface ResticProgram {
  readonly binary: string;
  /** For example `0.14.0`. */
  readonly version: string;
  /** True when the version is this one or a later one, for example `isAtLeast("0.17")`. */
  isAtLeast(version: string): boolean;
  /**
   * The program together with a repository; nothing is touched yet.
   *
   * @param variables what opens the place where the repository is
   */
  open(repository: string, password: string, variables?: Readonly<Record<string, string>>): Restic;
}

/** What `restic snapshots --json` says, as far as we look. */
export interface ResticSnapshot {
  readonly id: string;
  readonly time: string;
  readonly tree: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly tags?: readonly string[];
  readonly parent?: string;
}

/** The last line of `restic backup --json`. */
export interface ResticBackupSummary {
  readonly snapshot_id: string;
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly data_added: number;
  /** Bytes after compression; since restic 0.17. */
  readonly data_added_packed?: number;
}

/** One restic and one repository. Every call is a process that ended well, or rejects with its output. */
export interface Restic {
  readonly program: ResticProgram;
  readonly repository: string;
  readonly password: string;
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** As {@link Restic.run}, parsed from JSON. */
  json(args: readonly string[]): Promise<unknown>;
  init(): Promise<void>;
  backup(folder: string, ...options: readonly string[]): Promise<ResticBackupSummary>;
  /**
   * Restores into `target`, with holes for zeros where the version can. A folder that was saved by its
   * absolute path comes back as that path below the target.
   */
  restore(snapshot: string, target: string, ...options: readonly string[]): Promise<void>;
  /** Reads every byte; rejects unless restic says that all is well and nothing else. */
  check(options?: { readonly leftoversAllowed?: boolean }): Promise<void>;
  snapshots(): Promise<readonly ResticSnapshot[]>;
  /** Removes the locks of programs that are gone, by restic's own rule. */
  unlock(): Promise<void>;
}

/** What `check` says when all is well. It also prints what it minds a little, and ends with 0 then. */
const FINE = [
  /^$/,
  /^(create exclusive lock for repository|load indexes|check all packs|check snapshots, trees and blobs|read all data)$/,
  /^\[\d+:\d\d\] +(\d+\.\d+% +\d+ \/ )?\d+ (snapshots|packs)$/,
  /^no errors were found$/,
];

/** What a program that was killed leaves behind, harmless by restic's own judgement. */
const LEFTOVERS = [
  /^pack [0-9a-f]{64}: not referenced in any index$/,
  /^\d+ additional files were found in the repo, which likely contain duplicate data\.$/,
  /^This is non-critical, you can run `restic prune` to correct this\.$/,
  /^pack [0-9a-f]{64} contained in several indexes: \{[0-9a-f ]+\}$/,
  /^Duplicate packs are non-critical, you can run `restic (repair index|rebuild-index)' to correct this\.$/,
];

/** Asks a binary for its version. */
export async function resticProgram(binary: string): Promise<ResticProgram> {
  const { stdout } = await run(binary, ["version"]);
  const version = /^restic (\d+\.\d+\.\d+)/.exec(stdout.toString())?.[1];
  if (version === undefined) throw new Error(`${binary} does not say its version: ${stdout.toString()}`);
  const program: ResticProgram = {
    binary,
    version,
    isAtLeast: (wanted) => compareVersions(version, wanted) >= 0,
    open: (repository, password, variables = {}) => openRestic(program, repository, password, variables),
  };
  return program;
}

function openRestic(
  program: ResticProgram,
  repository: string,
  password: string,
  variables: Readonly<Record<string, string>>,
): Restic {
  const env = {
    ...variables,
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: password,
  };
  const runRestic: Restic["run"] = (args, options) =>
    run(program.binary, ["--no-cache", ...args], { env, ...options });
  const restic: Restic = {
    program,
    repository,
    password,
    run: runRestic,
    json: async (args) => JSON.parse((await runRestic([...args, "--json"])).stdout.toString()) as unknown,
    init: async () => void (await runRestic(["init", "--repository-version", "2"])),
    backup: async (folder, ...options) => {
      const { stdout } = await runRestic(["backup", folder, "--json", ...options]);
      return JSON.parse(stdout.toString().trim().split("\n").at(-1) ?? "") as ResticBackupSummary;
    },
    restore: async (snapshot, target, ...options) => {
      const sparse = program.isAtLeast("0.15") ? ["--sparse"] : [];
      await runRestic(["restore", snapshot, "--target", target, ...sparse, ...options]);
    },
    check: async (options = {}) => {
      const result = await runRestic(["check", "--read-data"]);
      const complaints = complaintsOf(result, options.leftoversAllowed === true);
      if (complaints.length > 0)
        throw new Error(`restic ${program.version} check:\n${complaints.join("\n")}`);
    },
    snapshots: async () => (await restic.json(["snapshots"])) as readonly ResticSnapshot[],
    unlock: async () => void (await runRestic(["unlock"])),
  };
  return restic;
}

function complaintsOf(result: RunResult, leftoversAllowed: boolean): readonly string[] {
  const accepted = leftoversAllowed ? [...FINE, ...LEFTOVERS] : FINE;
  const lines = `${result.stdout.toString()}\n${result.stderr}`.split("\n");
  return lines.filter((line) => !accepted.some((pattern) => pattern.test(line)));
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
