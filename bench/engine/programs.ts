import { join } from "node:path";
import { openHoldfast } from "../../test/support/holdfast.ts";
import type { ResticProgram } from "../../test/support/restic.ts";
import { run } from "../../test/support/run.ts";
import { timedRun, type TimedRun } from "../../test/support/timed-run.ts";

/** A program that is measured. */
export interface Contestant {
  readonly name: string;
  /** Makes an empty repository in `folder`, outside the measured time where the program can. */
  open(folder: string): Promise<Session>;
}

/** A program with a repository. */
export interface Session {
  readonly repository: string;
  save(source: string): Promise<TimedRun>;
  /** @param source the folder as it was saved, which comes back in `target` */
  restore(source: string, target: string): Promise<TimedRun>;
  /** Where {@link Session.restore} puts what was in `source`. */
  restoredAt(source: string, target: string): string;
}

const PASSWORD = "benchmark";

/** restic as a user runs it: with its cache. */
export function resticContestant(program: ResticProgram): Contestant {
  return {
    name: `restic ${program.version}`,
    open: async (folder) => {
      const repository = join(folder, "repository");
      const env = resticEnvironment(folder, repository);
      await run(program.binary, ["init", "--repository-version", "2"], { env });
      return {
        repository,
        save: (source) => timedRun(program.binary, ["backup", "--quiet", source], { env }),
        restore: (_, target) =>
          timedRun(program.binary, ["restore", "--quiet", "latest", "--target", target], { env }),
        restoredAt: (source, target) => join(target, source),
      };
    },
  };
}

/**
 * Ours. Its first save makes the repository, within the measured time, unless `maker` made it: then both
 * derive the key with the same cost.
 */
export function holdfastContestant(maker: ResticProgram | null): Contestant {
  return {
    name: maker === null ? "holdfast" : "holdfast, key of restic",
    open: async (folder) => {
      const repository = join(folder, "repository");
      if (maker !== null) await run(maker.binary, ["init"], { env: resticEnvironment(folder, repository) });
      const { command, env } = openHoldfast({
        store: repository,
        password: PASSWORD,
        home: folder,
      });
      const [program, ...first] = command;
      return {
        repository,
        save: (source) =>
          timedRun(program, [...first, "save", "--json", "--state", source], { env, cwd: folder }),
        restore: (source, target) =>
          timedRun(program, [...first, "restore", "latest", "--state", source, "--to", target], {
            env,
            cwd: folder,
          }),
        restoredAt: (_, target) => target,
      };
    },
  };
}

function resticEnvironment(folder: string, repository: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: folder,
    RESTIC_CACHE_DIR: join(folder, "restic-cache"),
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: PASSWORD,
  };
}
