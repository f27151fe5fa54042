import { type ByteString, toBytes, toText } from "../base/byte-string.ts";
import { formatTime } from "../repository/go-time.ts";
import { GO_MODE, type NodeType } from "../repository/node.ts";
import type { TreeEntry } from "./snapshot-tree.ts";

/** How a path is shown in JSON, which holds text only. */
export interface PathInfo {
  /** Absolute; U+FFFD stands for bytes that are not UTF-8. */
  readonly path: string;
  /** The bytes in base64 when they are not UTF-8, else `null`. */
  readonly path_raw: string | null;
}

/** An entry of a snapshot as `holdfast ls --json` shows it. */
export interface EntryInfo extends PathInfo {
  readonly type: NodeType;
  /** Permission bits as `stat` has them, set-id and sticky bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names on the machine that saved; '' when it knew none. */
  readonly user: string;
  readonly group: string;
  /** Bytes; 0 for what is not a file. */
  readonly size: number;
  /** RFC 3339, to the nanosecond. */
  readonly mtime: string;
  /** Where a symbolic link points to, else `null`. */
  readonly link_target: string | null;
}

/** A path in the words of the contract. */
export function describePath(path: ByteString): PathInfo {
  const text = toText(path);
  const bytes = toBytes(path);
  return { path: text, path_raw: bytes.equals(Buffer.from(text)) ? null : bytes.toString("base64") };
}

/** An entry in the words of the contract. */
export function describeEntry({ path, node }: TreeEntry): EntryInfo {
  return {
    ...describePath(path),
    type: node.type,
    mode: permissionBits(node.mode),
    uid: node.uid,
    gid: node.gid,
    user: node.user,
    group: node.group,
    size: node.size,
    mtime: formatTime(node.mtimeNs),
    link_target: node.linkTarget === null ? null : toText(node.linkTarget),
  };
}

/** From Go's mode to that of `stat`. */
function permissionBits(mode: number): number {
  const setuid = mode & GO_MODE.setuid ? 0o4000 : 0;
  const setgid = mode & GO_MODE.setgid ? 0o2000 : 0;
  const sticky = mode & GO_MODE.sticky ? 0o1000 : 0;
  return (mode & 0o777) | setuid | setgid | sticky;
}
