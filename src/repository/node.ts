import type { ByteString } from "../base/byte-string.ts";
import type { Id } from "./ids.ts";

/** The kinds of things a folder can hold (restic `doc/design.rst`, "Trees and Data"). */
export type NodeType = "file" | "dir" | "symlink" | "dev" | "chardev" | "fifo" | "socket" | "irregular";

/** One extended attribute, for example `user.comment`. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/**
 * One entry of a tree: a file, folder or other thing, as restic stores it.
 *
 * Times are nanoseconds since 1970-01-01 UTC. Absent is `null`.
 */
export interface Node {
  readonly name: ByteString;
  readonly type: NodeType;
  /** Go's `os.FileMode`: permission bits 0o777 and the flags in `GO_MODE`. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly inode: bigint;
  /** `st_dev`; only kept for files with more than one link, to find them again. */
  readonly deviceId: bigint;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly linkTarget: ByteString | null;
  readonly extendedAttributes: readonly ExtendedAttribute[];
  /** Windows attributes and the like, kept as they came. */
  readonly genericAttributes: unknown;
  /** `st_rdev` of a device. */
  readonly device: bigint;
  /** Data blobs of a file, in order; `null` for everything else. */
  readonly content: readonly Id[] | null;
  /** Tree blob of a folder. */
  readonly subtree: Id | null;
  readonly error: string;
}

/** Flags of Go's `os.FileMode` (package `io/fs`, constants of `FileMode`). */
export const GO_MODE = {
  dir: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  namedPipe: 0x0200_0000,
  socket: 0x0100_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  charDevice: 0x0020_0000,
  sticky: 0x0010_0000,
} as const;

/** A file of this user that is on no disk: without content, at one time, open to nobody else. */
export function newNode(name: ByteString, timeNs: bigint): Node {
  return {
    name,
    type: "file",
    mode: 0o600,
    mtimeNs: timeNs,
    atimeNs: timeNs,
    ctimeNs: timeNs,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    user: "",
    group: "",
    inode: 0n,
    deviceId: 0n,
    size: 0,
    links: 0,
    linkTarget: null,
    extendedAttributes: [],
    genericAttributes: null,
    device: 0n,
    content: null,
    subtree: null,
    error: "",
  };
}
