import { spawn } from "node:child_process";

/** Ends an app when its supervisor is gone. */
export interface AppGuard {
  /** Its process. */
  readonly pid: number;
  /** The app has ended, or is being ended: nobody has to be guarded any more. */
  release(): void;
}

/** Waits for a line; without one, its other end is gone. POSIX shell. */
const SCRIPT = 'read -r line && exit; kill -s TERM -- "-$1"; sleep 5; kill -s KILL -- "-$1"';

/**
 * Watches over an app with a process of a session of its own, a shell of less than 1 MB. When the supervisor
 * dies without a chance to do anything, for example of SIGKILL, the app is told to stop, and ended five
 * seconds later: it must not write to a profile that the next supervisor restores and starts.
 *
 * @param group the app's process group
 * @returns `null` where there is no shell
 */
export function guardApp(group: number): AppGuard | null {
  const child = spawn("sh", ["-c", SCRIPT, "holdfast-guard", String(group)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/", // no file system that somebody wants to unmount
    env: {},
  });
  child.on("error", () => undefined); // no shell, no guard
  child.stdin.on("error", () => undefined); // it has ended before it was told to
  if (child.pid === undefined) return null;
  return { pid: child.pid, release: () => child.stdin.end("released\n") };
}
