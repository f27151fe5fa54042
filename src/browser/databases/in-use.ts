import { readdir, readlink, realpath } from "node:fs/promises";
import { hostname } from "node:os";
import { join, sep } from "node:path";
import { profileInUse } from "./sqlite-errors.ts";

/**
 * Makes sure that no running browser has the profile: none has a file below `folder` open, and none
 * that its lock names runs on this machine. A lock that a restore or a crash left behind does not count.
 *
 * @throws HoldfastError `PROFILE_IN_USE`
 */
export async function assertNotInUse(folder: string): Promise<void> {
  const inside = (await realpath(folder)) + sep;
  const holder = (await chromiumHolder(folder)) ?? (await firefoxHolder(folder));
  const processes = await readdir("/proc").catch(() => null);
  if (processes === null) {
    // Without `/proc` the lock is all there is to ask.
    if (holder !== null && isAlive(holder)) throw profileInUse(folder);
    return;
  }
  for (const name of processes) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const open = await openFiles(Number(name));
    // The files of another user's process cannot be seen, so the lock is believed.
    const uses = open === null ? Number(name) === holder : open.some((path) => path.startsWith(inside));
    if (uses) throw profileInUse(folder);
  }
}

/** Paths of the files that a process has open; `null` when this user may not know, none when it is gone. */
async function openFiles(pid: number): Promise<readonly string[] | null> {
  const folder = `/proc/${pid}/fd`;
  try {
    const paths = await Promise.all(
      (await readdir(folder)).map(async (fd) => await readlink(join(folder, fd)).catch(() => "")),
    );
    return paths;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM" ? null : [];
  }
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
