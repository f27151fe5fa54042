import { findProgram } from "../../scripts/programs.ts";
import { run } from "./run.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A folder that a program provides (FUSE); unmounted at the end of an `await using`. */
export interface FuseMount extends AsyncDisposable {
  readonly path: string;
  /** A path on the mount. */
  at(...segments: string[]): string;
}

/** Shows an empty folder through `bindfs`, with hard links or without; only root can (see {@link NO_FUSE}). */
export async function fuseMount(options: readonly string[] = []): Promise<FuseMount> {
  const folder = await temporaryFolder();
  const [behind, path] = [folder.at("behind"), folder.at("mount")];
  await run("mkdir", [behind, path]);
  await run("bindfs", [...options, behind, path]);
  return {
    path,
    at: (...segments) => folder.at("mount", ...segments),
    async [Symbol.asyncDispose]() {
      await run("umount", ["--lazy", path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Why {@link fuseMount} does not work here; `null` where it does. */
export const NO_FUSE: string | null = await reasonAgainst();

async function reasonAgainst(): Promise<string | null> {
  if (process.platform !== "linux") return "FUSE is of Linux";
  if (process.getuid?.() !== 0) return "only root can mount through FUSE here";
  if ((await findProgram("bindfs")) === null) return "bindfs is not installed (npm run tools)";
  try {
    await (await fuseMount())[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    return `this machine does not let root mount through FUSE: ${String(error)}`;
  }
}
