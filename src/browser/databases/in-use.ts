import { readlink, realpath } from "node:fs/promises";
import { hostname } from "node:os";
import { join, sep } from "node:path";
import { listOpenFiles, type OpenFiles } from "../../base/open-files.ts";
import { profileInUse } from "./sqlite-errors.ts";

/**
 * Makes sure that no running browser has the profile.
 *
 * @throws HoldfastError `PROFILE_IN_USE`
 */
export async function assertNotInUse(folder: string): Promise<void> {
  if (await isInUse(folder, await listOpenFiles())) throw profileInUse(folder);
}

/**
 * Whether a running browser has the profile: one has a file below `folder` open, or is named by its lock and
 * runs on this machine. A lock that a restore or a crash left behind does not count.
 *
 * @param processes what they have open; `null` when that cannot be told, and then the lock is all there is to ask
 */
export async function isInUse(folder: string, processes: readonly OpenFiles[] | null): Promise<boolean> {
  const inside = (await realpath(folder)) + sep;
  const holder = (await chromiumHolder(folder)) ?? (await firefoxHolder(folder));
  if (processes === null) return holder !== null && isAlive(holder);
  return processes.some(({ pid, paths }) => {
    // The files of another user's process cannot be seen, so the lock is believed.
    return paths === null ? pid === holder : paths.some((path) => path.startsWith(inside));
  });
}

/** The process that Chromium's lock names, if it is one of this machine: `SingletonLock -> host-pid`. */
async function chromiumHolder(folder: string): Promise<number | null> {
  const target = await readlink(join(folder, "SingletonLock")).catch(() => "");
  const parts = /^(?<host>.*)-(?<pid>\d+)$/.exec(target)?.groups;
  return parts?.["host"] === hostname() ? Number(parts["pid"]) : null;
}

/** The process that Firefox's lock names: `lock -> address:+pid`. */
async function firefoxHolder(folder: string): Promise<number | null> {
  const target = await readlink(join(folder, "lock")).catch(() => "");
  const pid = /:\+?(?<pid>\d+)$/.exec(target)?.groups?.["pid"];
  return pid === undefined ? null : Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
