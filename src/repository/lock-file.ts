import { hostname } from "node:os";
import { isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile } from "../stores/store.ts";
import { formatTime, nowNs, parseTime } from "./go-time.ts";
import { isId } from "./ids.ts";
import { countField, parseObject, textField } from "./json.ts";
import { username } from "./key-file.ts";
import { baseName, LOCKS } from "./layout.ts";
import type { Repository } from "./repository.ts";
import { readSealedFile, sealFile } from "./sealed-file.ts";

/** What a lock file says (restic `doc/design.rst`, "Locks"). */
export interface LockFile {
  readonly name: string;
  readonly timeNs: bigint;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
}

/** restic takes a lock as abandoned after this time without refresh. */
export const STALE_AFTER_NS: bigint = 30n * 60n * 1_000_000_000n;

/** A lock of this process, to be written. */
export interface OwnLockFile extends NewFile {
  /** What it says: others count from then on. */
  readonly timeNs: bigint;
}

/** A lock of this process, as of now. */
export function newLockFile(repository: Repository, exclusive: boolean): OwnLockFile {
  const timeNs = nowNs();
  const json = JSON.stringify({
    time: formatTime(timeNs),
    exclusive,
    hostname: hostname(),
    username: username(),
    pid: process.pid,
    uid: process.getuid?.() || undefined,
    gid: process.getgid?.() || undefined,
  });
  return { ...sealFile(repository.keys, LOCKS, json), timeNs };
}

/** The locks in the repository, those of dead writers included. */
export async function readLocks(repository: Repository, options: CallOptions = {}): Promise<LockFile[]> {
  const locks: LockFile[] = [];
  for await (const { name } of repository.store.list(LOCKS, options)) {
    const lock = isId(baseName(name)) ? await readLock(repository, name, options) : null;
    if (lock !== null) locks.push(lock);
  }
  return locks;
}

async function readLock(
  repository: Repository,
  name: string,
  options: CallOptions,
): Promise<LockFile | null> {
  try {
    const json = parseObject(await readSealedFile(repository, name, options), "a lock");
    return {
      name,
      timeNs: parseTime(textField(json, "time")),
      exclusive: json["exclusive"] === true,
      hostname: textField(json, "hostname"),
      username: textField(json, "username"),
      pid: countField(json, "pid"),
    };
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    // A lock that cannot be read was torn by a dying writer; it must stop nobody for ever.
    if (isHoldfastError(error, "DATA_DAMAGED")) return { name, ...UNREADABLE };
    throw error;
  }
}

const UNREADABLE = { timeNs: 0n, exclusive: true, hostname: "", username: "", pid: 0 };

/** Whether the writer of a lock is gone: dead on this host, or silent for 30 minutes. */
export function isAbandoned(lock: LockFile): boolean {
  if (nowNs() - lock.timeNs > STALE_AFTER_NS) return true;
  return lock.hostname === hostname() && lock.pid > 0 && !isAlive(lock.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's process, but a live one.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
