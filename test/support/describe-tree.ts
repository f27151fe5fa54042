import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { dataRanges, readAttributes } from "./syscalls.ts";

/** What a restore has to bring back of one entry. */
export interface TreeEntry {
  readonly type: "file" | "folder" | "link" | "fifo" | "socket" | "device";
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Of a file. */
  readonly sizeBytes: number | null;
  /** SHA-256 over size and content of a file. Zeros count alike, written out or as a hole. */
  readonly digest: string | null;
  readonly allocatedBytes: number | null;
  /** Of a symbolic link: latin1 of its bytes. */
  readonly target: string | null;
  /** The first path with the same inode, when that is not this one. */
  readonly sameFileAs: string | null;
  /** Values in hex. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Entries by their path below the root (latin1 of the bytes); the root itself is ''. */
export type Tree = ReadonlyMap<string, TreeEntry>;

const BLOCK_BYTES = 65_536;
const NO_BYTES = Buffer.alloc(BLOCK_BYTES);

/** Reads a whole folder, by folder handles, so that no path is too long. Links are not followed. */
export function describeTree(root: string): Tree {
  const tree = new Map<string, TreeEntry>();
  const inodes = new Map<string, string>();
  const visit = (access: Buffer, path: string): void => {
    const stats = lstatSync(access, { bigint: true });
    const inode = `${stats.dev}:${stats.ino}`;
    const type = typeOf(stats);
    tree.set(path, {
      type,
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtimeNs: stats.mtimeNs,
      sizeBytes: type === "file" ? Number(stats.size) : null,
      digest: type === "file" ? digestOf(access, Number(stats.size)) : null,
      allocatedBytes: type === "file" ? Number(stats.blocks) * 512 : null,
      target: type === "link" ? readlinkSync(access, { encoding: "buffer" }).toString("latin1") : null,
      sameFileAs: inodes.get(inode) ?? null,
      attributes: readAttributes(access),
    });
    if (type !== "folder" && stats.nlink > 1n && !inodes.has(inode)) inodes.set(inode, path);
    if (type === "folder") visitChildren(access, path, visit);
  };
  visit(Buffer.from(root), "");
  return tree;
}

function visitChildren(folder: Buffer, path: string, visit: (access: Buffer, path: string) => void): void {
  const fd = openSync(folder, "r");
  try {
    const anchor = Buffer.from(`/proc/self/fd/${fd}/`);
    const names = readdirSync(anchor, { encoding: "buffer" }).sort((a, b) => a.compare(b));
    for (const name of names) {
      visit(Buffer.concat([anchor, name]), (path === "" ? "" : path + "/") + name.toString("latin1"));
    }
  } finally {
    closeSync(fd);
  }
}

function typeOf(stats: BigIntStats): TreeEntry["type"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isSymbolicLink()) return "link";
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
}

/** Over the size, and place and bytes of each block that is not all zero. */
function digestOf(path: Buffer, sizeBytes: number): string {
  const hash = createHash("sha256").update(String(sizeBytes));
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  const fd = openSync(path, "r");
  try {
    let next = 0;
    for (const range of dataRanges(fd, sizeBytes)) {
      for (
        let index = Math.max(next, Math.floor(range.offset / BLOCK_BYTES));
        index * BLOCK_BYTES < range.end;
        index++
      ) {
        const length = readSync(fd, block, 0, BLOCK_BYTES, index * BLOCK_BYTES);
        const bytes = block.subarray(0, length);
        if (!bytes.equals(NO_BYTES.subarray(0, length))) hash.update(`@${index}:`).update(bytes);
        next = index + 1;
      }
    }
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
