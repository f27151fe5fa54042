import { readFile, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * What kind of place a mount is: a disk of this machine; memory, which a restart empties; a file system
 * that a program provides (`fuse`); or one that is on another machine (`network`).
 */
export type MountKind = "disk" | "memory" | "fuse" | "network";

/** Something that is mounted. */
export interface Mount {
  /** The folder where it is, absolute. */
  readonly path: string;
  /** The kernel's name for it, for example `ext4`, `nfs4` or `fuse.sshfs`. */
  readonly type: string;
  readonly kind: MountKind;
  readonly isReadOnly: boolean;
}

const MOUNT_INFO = "/proc/self/mountinfo";
const MEMORY_TYPES: ReadonlySet<string> = new Set(["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"]);
const NETWORK_TYPES: ReadonlySet<string> = new Set([
  "9p",
  "afs",
  "beegfs",
  "ceph",
  "cifs",
  "coda",
  "gfs2",
  "glusterfs",
  "lustre",
  "ncpfs",
  "nfs",
  "nfs4",
  "ocfs2",
  "smb3",
  "smbfs",
]);

/**
 * Reads what the kernel of Linux tells in `/proc/self/mountinfo` (proc_pid_mountinfo(5)), in its order:
 * of two at one place, the later one is seen. Lines that are not understood are passed over.
 */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const [before = "", after] = line.split(" - ");
    const [, , , , path, options] = before.split(" ");
    const [type, , superOptions = ""] = after?.split(" ") ?? [];
    if (path === undefined || options === undefined || type === undefined || type === "") continue;
    mounts.push({
      path: unescapePath(path),
      type,
      kind: kindOf(type),
      isReadOnly: [options, superOptions].some((list) => list.split(",").includes("ro")),
    });
  }
  return mounts;
}

/** All that is mounted for this process; nothing where the system does not tell. */
export async function readMounts(): Promise<Mount[]> {
  try {
    return parseMountInfo(await readFile(MOUNT_INFO, "utf8"));
  } catch {
    // Not Linux, or no /proc: then nothing is known.
    return [];
  }
}

/** The mount that holds a path without symbolic links; `null` when nothing is known. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | null {
  let found: Mount | null = null;
  for (const mount of mounts)
    if (holds(mount.path, path) && (found === null || mount.path.length >= found.path.length)) found = mount;
  return found;
}

/**
 * Mounts of kind `fuse` or `network` that a folder lies on, or that lie in it.
 *
 * @param folder without symbolic links
 */
export function remoteMountsOf(mounts: readonly Mount[], folder: string): Mount[] {
  const own = mountOf(mounts, folder);
  const seen = mounts.filter(
    (mount) => mount === own || (mount.path !== folder && holds(folder, mount.path) && isSeen(mounts, mount)),
  );
  return seen.filter(isRemote);
}

/** Whether files there may be late, half or without their modes: see {@link MountKind}. */
export function isRemote({ kind }: Pick<Mount, "kind">): boolean {
  return kind === "fuse" || kind === "network";
}

/** A path without symbolic links, of something that may not exist yet. */
export async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute
      ? absolute
      : resolve(await realPathOf(parent), absolute.slice(parent.length + 1));
  }
}

function isSeen(mounts: readonly Mount[], mount: Mount): boolean {
  return mountOf(mounts, mount.path) === mount;
}

function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function kindOf(type: string): MountKind {
  if (MEMORY_TYPES.has(type)) return "memory";
  // `virtiofs` is the same protocol towards the host of a virtual machine.
  if (/^fuse(?:blk|ctl)?(?:\.|$)|^virtiofs$/.test(type)) return "fuse";
  return NETWORK_TYPES.has(type) ? "network" : "disk";
}

/** Spaces, tabs, line ends and backslashes are written as three octal digits. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
