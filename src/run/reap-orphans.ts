import { listProcesses, readProcess } from "../capture/live/processes.ts";
import { waitFor } from "../base/system.ts";

/** How often to look, in milliseconds. */
const EVERY_MS = 1_000;

/**
 * As process 1 of a container, a program inherits every process whose parent has ended, and has to ask for
 * its status when it ends, or the table of processes fills up. Node.js asks only after the ones that it has
 * started itself. Does nothing in any other process.
 *
 * @param isOwn whether Node.js looks after a process; taking its status away would leave it waiting
 */
export function reapOrphans(isOwn: (pid: number) => boolean): Disposable {
  if (process.pid !== 1) return { [Symbol.dispose]: () => undefined };
  let before = new Set<number>();
  const look = (): void => {
    const ended = listProcesses().filter((pid) => {
      const info = readProcess(pid);
      return info !== null && info.parent === 1 && info.state === "Z" && !isOwn(pid);
    });
    // Only at the second look: what Node.js has just started may not be known to us yet.
    for (const pid of ended) if (before.has(pid)) waitFor(pid);
    before = new Set(ended);
  };
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
