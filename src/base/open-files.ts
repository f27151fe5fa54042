import { readdir, readFile, readlink } from "node:fs/promises";

/** A process of this machine. */
export interface OpenFiles {
  readonly pid: number;
  /** Paths of the files that it has open; `null` when this user may not know. */
  readonly paths: readonly string[] | null;
}

/** The files that all processes but this one have open; `null` where there is no `/proc`. */
export async function listOpenFiles(): Promise<readonly OpenFiles[] | null> {
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return await Promise.all(pids.map(async (pid) => ({ pid, paths: await pathsOf(pid) })));
}

/** What a process calls itself, for people; '' when it is gone. */
export async function processName(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trimEnd();
}

/** None when the process is gone. */
async function pathsOf(pid: number): Promise<readonly string[] | null> {
  const folder = `/proc/${pid}/fd`;
  try {
    const names = await readdir(folder);
    return await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM" ? null : [];
  }
}
