import {
  type BigIntStats,
  chmodSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
} from "node:fs";
import { type ByteString, toPath } from "../base/byte-string.ts";
import { type ExtendedAttribute, setExtendedAttribute, setFileTimes, setTimes } from "../base/system.ts";
import { GO_MODE, type Node } from "../repository/node.ts";

/** Access and modification time, in nanoseconds since 1970. */
export interface Times {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/** What is set on an entry besides its content. */
export interface Metadata extends Times {
  /** Permission bits, with the sticky bit for folders; never a set-id bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** `user.*` only. */
  readonly attributes: readonly ExtendedAttribute[];
}

/** How an entry looks on this machine once it is made. */
export interface Stamp {
  readonly inode: bigint;
  readonly ctimeNs: bigint;
}

const NO_ATTRIBUTES: readonly ExtendedAttribute[] = [];
const STICKY = 0o1000;
const ANY_MODE = 0o7777n;

/** Only root may give a file to somebody else. */
const IS_ROOT = process.geteuid?.() === 0;
/** The id after this one would mean "leave it as it is" (chown(2)). */
const MAX_ID = 2 ** 32 - 2;

/** What of a node is set on this machine. */
export function metadataOf(node: Node): Metadata {
  const isSticky = node.type === "dir" && (node.mode & GO_MODE.sticky) !== 0;
  return {
    mode: (node.mode & 0o777) | (isSticky ? STICKY : 0),
    uid: node.uid,
    gid: node.gid,
    atimeNs: node.atimeNs,
    mtimeNs: node.mtimeNs,
    attributes: node.extendedAttributes.length === 0 ? NO_ATTRIBUTES : node.extendedAttributes.filter(isKept),
  };
}

/** Finishes a file whose content is written; `path` leads to the open file. */
export function finishFile(fd: number, path: ByteString, metadata: Metadata): Stamp {
  setAttributes(path, metadata.attributes);
  setFileTimes(fd, metadata.atimeNs, metadata.mtimeNs);
  const stats = fstatSync(fd, { bigint: true });
  // most files are made as they shall be, and asking costs less than setting
  const isChowned =
    hasOtherOwner(stats, metadata) && tryChown(() => fchownSync(fd, metadata.uid, metadata.gid));
  const isChmodded = Number(stats.mode & ANY_MODE) !== metadata.mode;
  if (isChmodded) fchmodSync(fd, metadata.mode);
  return isChowned || isChmodded ? stampOf(fstatSync(fd, { bigint: true })) : stampOf(stats);
}

/** Finishes a folder or a named pipe; in a folder, nothing may be made afterwards. */
export function finishPath(path: ByteString, metadata: Metadata): void {
  setAttributes(path, metadata.attributes);
  const stats = lstatSync(toPath(path), { bigint: true });
  if (hasOtherOwner(stats, metadata)) tryChown(() => lchownSync(toPath(path), metadata.uid, metadata.gid));
  if (Number(stats.mode & ANY_MODE) !== metadata.mode) chmodSync(toPath(path), metadata.mode);
  setTimes(path, metadata.atimeNs, metadata.mtimeNs);
}

/** Finishes a symbolic link, which has no mode and no attributes of its own. */
export function finishLink(path: ByteString, metadata: Metadata): void {
  const stats = lstatSync(toPath(path), { bigint: true });
  if (hasOtherOwner(stats, metadata)) tryChown(() => lchownSync(toPath(path), metadata.uid, metadata.gid));
  setTimes(path, metadata.atimeNs, metadata.mtimeNs);
}

/** The times of a path. */
export function timesOf(path: ByteString): Times {
  const { atimeNs, mtimeNs } = lstatSync(toPath(path), { bigint: true });
  return { atimeNs, mtimeNs };
}

/** Gives a folder the times that it had before something was made in it or removed. */
export function setBackTimes(folder: ByteString, { atimeNs, mtimeNs }: Times): void {
  try {
    setTimes(folder, atimeNs, mtimeNs);
  } catch (error) {
    // a volume whose folder belongs to somebody else
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/** How an entry looks now. */
export function stampAt(path: ByteString): Stamp {
  return stampOf(lstatSync(toPath(path), { bigint: true }));
}

function stampOf(stats: BigIntStats): Stamp {
  return { inode: stats.ino, ctimeNs: stats.ctimeNs };
}

function isKept({ name }: ExtendedAttribute): boolean {
  return name.startsWith("user.") && !name.includes("\0");
}

/** What a file system says that has no attributes, or room for less of them than the one that was saved. */
const NO_ROOM_FOR_ATTRIBUTES: ReadonlySet<string> = new Set(["ENOTSUP", "ENOSPC", "E2BIG", "ERANGE"]);

/** Attributes that do not fit are left out: the file is worth having without them. */
function setAttributes(path: ByteString, attributes: readonly ExtendedAttribute[]): void {
  for (const attribute of attributes) {
    try {
      setExtendedAttribute(path, attribute);
    } catch (error) {
      if (!NO_ROOM_FOR_ATTRIBUTES.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}

function hasOtherOwner(stats: BigIntStats, { uid, gid }: Metadata): boolean {
  if (!IS_ROOT || uid > MAX_ID || gid > MAX_ID) return false;
  return Number(stats.uid) !== uid || Number(stats.gid) !== gid;
}

/** False inside a container whose root may not give files away, or has no such user: they stay ours. */
function tryChown(chown: () => void): boolean {
  try {
    chown();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPERM" || code === "EINVAL") return false;
    throw error;
  }
}
