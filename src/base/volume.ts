import { access, constants, stat } from "node:fs/promises";
import { HoldfastError } from "./errors.ts";
import { type Mount, type MountKind, mountOf, readMounts, realPathOf } from "./mounts.ts";

/** A folder that outlives the machine. */
export interface Volume {
  /** Absolute. */
  readonly path: string;
  readonly kind: MountKind;
}

/** What {@link findVolume} looks at; a test may say it. */
export interface VolumeHost {
  readonly mounts: () => Promise<readonly Mount[]>;
  /** Where a host mounts a volume when the user does not choose. */
  readonly usualPath: string;
}

/** The variable that names a volume which is mounted elsewhere. */
export const VOLUME_VARIABLE = "HOLDFAST_VOLUME";

const THIS_MACHINE: VolumeHost = { mounts: readMounts, usualPath: "/data" };

/**
 * The persistent volume of this machine: what `HOLDFAST_VOLUME` names, else a disk or a network folder
 * that is mounted at `/data` and can be written to. A mere folder `/data`, or one in memory, is none.
 *
 * @returns `null` when there is none
 * @throws {HoldfastError} `CONFIG` when `HOLDFAST_VOLUME` names what cannot be written to
 */
export async function findVolume(
  environment: Readonly<Record<string, string | undefined>>,
  host: VolumeHost = THIS_MACHINE,
): Promise<Volume | null> {
  const named = environment[VOLUME_VARIABLE]?.trim() ?? "";
  const asked = named === "" ? host.usualPath : named;
  const path = await realPathOf(asked);
  const mount = mountOf(await host.mounts(), path);
  const isUsable = mount?.isReadOnly !== true && (await isWritableFolder(path));
  if (named !== "") {
    if (!isUsable) throw notWritable(named);
    return { path, kind: mount?.kind ?? "disk" };
  }
  if (mount === null || mount.path !== path || mount.kind === "memory" || !isUsable) return null;
  return { path, kind: mount.kind };
}

async function isWritableFolder(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function notWritable(named: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the volume ${named} is no folder that this user can write to`,
    hint: `mount it and make it writable, or remove the setting with: unset ${VOLUME_VARIABLE}`,
  });
}
