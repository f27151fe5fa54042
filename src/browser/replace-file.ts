import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fromText } from "../base/byte-string.ts";
import { setTimes } from "../base/system.ts";

/**
 * Replaces the content of a file by one rename; owner and mode stay. Whoever looks sees the old content
 * or the new one, whole.
 *
 * @throws the error of the file system; the old content is there then
 */
export function replaceFile(path: string, content: string): void {
  const { mode, uid, gid } = lstatSync(path);
  const beside = join(dirname(path), `.holdfast-${randomBytes(6).toString("hex")}.tmp`);
  try {
    const fd = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(fd, content);
      if (process.geteuid?.() === 0) fchownSync(fd, uid, gid);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    chmodSync(beside, mode & 0o777);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Works on entries of a folder, which keeps its times: to a later save it is unchanged. */
export function keepingTimes<Result>(folder: string, work: () => Result): Result {
  const { atimeNs, mtimeNs } = lstatSync(folder, { bigint: true });
  try {
    return work();
  } finally {
    setTimes(fromText(folder), atimeNs, mtimeNs);
  }
}
