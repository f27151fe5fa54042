import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError } from "../../base/errors.ts";

/** A renewal is one request, which is given up after a minute. */
const STALE_MS = 120_000;
const LONGEST_WAIT_MS = 180_000;
const LOOK_MS = 25;

/**
 * Runs work that only one process of this user may do at a time, by a file that is made and removed. A
 * lock whose process has died is broken.
 *
 * @throws what making the file throws; `STORE_UNREACHABLE` when another process holds it for minutes
 */
export async function withTokenLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const own = `${hostname()} ${process.pid} ${randomUUID()}\n`;
  for (const startedMs = performance.now(); !(await isMade(path, own));) {
    if (await isStale(path)) await breakLock(path);
    else if (performance.now() - startedMs > LONGEST_WAIT_MS) throw heldTooLong();
    else await sleep(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    if ((await readFile(path, "utf8").catch(() => "")) === own) await rm(path, { force: true });
  }
}

async function isMade(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Math.abs(Date.now() - mtimeMs) > STALE_MS) return true;
    const [host, pid] = (await readFile(path, "utf8")).split(" ");
    return host === hostname() && Number(pid) > 0 && !isAlive(Number(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/**
 * By a rename, which one of several succeeds with. Should it meet a lock that was made in between, two renew
 * at once: no harm, as both providers leave the older token valid.
 */
async function breakLock(path: string): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function heldTooLong(): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: "another process has been renewing the sign-in for minutes",
    hint: "end it, or wait",
  });
}
