import { run } from "./run.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A file system of its own, in memory; unmounted at the end of an `await using`. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** A path on the disk. */
  at(...segments: string[]): string;
  makeReadOnly(): Promise<void>;
  resize(sizeBytes: number): Promise<void>;
}

/** Mounts an empty file system that holds no more than `sizeBytes`; only root can (see {@link NO_SMALL_DISK}). */
export async function smallDisk(sizeBytes: number): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  await run("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=0700`, "holdfast-test", folder.path]);
  return {
    path: folder.path,
    at: (...segments) => folder.at(...segments),
    async makeReadOnly() {
      await run("mount", ["-o", "remount,ro", folder.path]);
    },
    async resize(newSizeBytes) {
      await run("mount", ["-o", `remount,size=${newSizeBytes}`, folder.path]);
    },
    async [Symbol.asyncDispose]() {
      await run("umount", [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Why {@link smallDisk} does not work here; `null` where it does. */
export const NO_SMALL_DISK: string | null = await reasonAgainst();

async function reasonAgainst(): Promise<string | null> {
  if (process.platform !== "linux") return "tmpfs is of Linux";
  if (process.getuid?.() !== 0) return "only root can mount a small disk";
  try {
    await (await smallDisk(65_536))[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    return `this machine does not let root mount: ${String(error)}`;
  }
}
