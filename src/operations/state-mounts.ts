import { toText } from "../base/byte-string.ts";
import { readMounts, remoteMountsOf } from "../base/mounts.ts";
import type { StateFolder } from "../capture/state-paths.ts";

/** A mount that does not keep files as a disk of this machine does, and that a part of the state is on. */
export interface StateMount {
  /** The state folder, as the user named it. */
  readonly folder: string;
  /** Where it is mounted: above the state folder, or in it. */
  readonly mount: string;
  readonly kind: "fuse" | "network";
  /** The kernel's name for it, for example `nfs4` or `fuse.sshfs`. */
  readonly type: string;
}

/**
 * The FUSE and network mounts that state folders lie on, or that lie in them. Apps rely on locks there
 * that may not hold, what they write may arrive late, and modes may be lost.
 */
export async function findStateMounts(folders: readonly StateFolder[]): Promise<StateMount[]> {
  const mounts = await readMounts();
  return folders.flatMap(({ path, real }) =>
    remoteMountsOf(mounts, toText(real)).map((mount) => ({
      folder: path,
      mount: mount.path,
      kind: mount.kind === "fuse" ? "fuse" : "network",
      type: mount.type,
    })),
  );
}
