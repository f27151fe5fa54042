import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { run } from "./run.ts";

/** A folder that goes away with everything in it at the end of an `await using`. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** A path below the folder. */
  at(...segments: string[]): string;
}

/** Makes an empty folder with a short name: deep trees inside have to stay below the limit of a path. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "hf-"));
  return {
    path,
    at: (...segments) => join(path, ...segments),
    [Symbol.asyncDispose]: () => removeTree(path),
  };
}

/** A browser that is ending may still write while its folder is being removed. */
const REMOVALS = 50;
const BETWEEN_REMOVALS_MS = 200;

/**
 * Removes a folder whatever is in it. The tools of the system are used because they walk by folder
 * handle: a tree can be deeper than the longest path, and a read-only folder does not let go of its files.
 */
export async function removeTree(path: string): Promise<void> {
  for (let removal = 1; ; removal += 1) {
    if (process.getuid?.() !== 0) await run("chmod", ["-R", "u+rwX", path], { mayFail: true });
    const { status, stderr } = await run("rm", ["-rf", "--", path], { mayFail: true });
    if (status === 0) return;
    if (removal === REMOVALS || !stderr.includes("Directory not empty")) throw new Error(stderr);
    await setTimeout(BETWEEN_REMOVALS_MS);
  }
}
