import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { formatTime, nowNs } from "../../src/repository/go-time.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { sealFile } from "../../src/repository/sealed-file.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";

/** What the lock of another writer says; of this process, now, shared, where it is left out. */
export interface OtherLock {
  readonly ageSeconds?: number;
  readonly exclusive?: boolean;
  readonly hostname?: string;
  readonly pid?: number;
}

/** Puts the lock of another writer into a repository, and gives its name. */
export async function putLock(repository: Repository, lock: OtherLock = {}): Promise<string> {
  const { ageSeconds = 0, exclusive = false, hostname: host = hostname(), pid = process.pid } = lock;
  const time = formatTime(nowNs() - BigInt(ageSeconds) * 1_000_000_000n);
  const json = JSON.stringify({ time, exclusive, hostname: host, username: "other", pid });
  const file = sealFile(repository.keys, "locks/", json);
  await repository.store.write([file]);
  return file.name;
}

/** Names of the locks in a repository. */
export function locksIn(repository: Repository): Promise<readonly string[]> {
  return namesIn(repository.store, "locks/");
}

/** The number of a process that has ended. */
export function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  return pid;
}
