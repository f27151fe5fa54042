import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

/** What a reader needs to judge a number; nothing that names this machine. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly fileSystem: string;
  readonly node: string;
}

/** Facts of this machine; `folder` tells which file system was measured. */
export function describeMachine(folder: string): Machine {
  const type = execFileSync("stat", ["--file-system", "--format=%T", folder]).toString().trim();
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release().split("-")[0] ?? "unknown",
    fileSystem: type,
    node: process.version,
  };
}
