import { type BigIntStats, readFileSync, readlinkSync } from "node:fs";
import { type ByteString, fromBytes, toPath } from "../base/byte-string.ts";
import { GO_MODE, type Node, type NodeType } from "../repository/node.ts";

/** `st_mode` (inode(7)): kind of file and special bits. */
const S_IFMT = 0o170000;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_ISVTX = 0o1000;

const TYPES: Readonly<Record<number, { readonly type: NodeType; readonly flags: number }>> = {
  0o100000: { type: "file", flags: 0 },
  0o040000: { type: "dir", flags: GO_MODE.dir },
  0o120000: { type: "symlink", flags: GO_MODE.symlink },
  0o060000: { type: "dev", flags: GO_MODE.device },
  0o020000: { type: "chardev", flags: GO_MODE.device + GO_MODE.charDevice },
  0o010000: { type: "fifo", flags: GO_MODE.namedPipe },
  0o140000: { type: "socket", flags: GO_MODE.socket },
};

/** What a directory entry is. */
export function typeOf(stats: BigIntStats): NodeType {
  return TYPES[Number(stats.mode) & S_IFMT]?.type ?? "irregular";
}

/**
 * The node of a directory entry, as far as `lstat` tells: without content, subtree and extended
 * attributes; the target of a symbolic link is read.
 *
 * @param linkTarget of a symbolic link, where it is known already
 * @throws the error of readlink(2)
 */
export function nodeOf(
  name: ByteString,
  path: ByteString,
  stats: BigIntStats,
  linkTarget: ByteString | null = null,
): Node {
  const type = typeOf(stats);
  const hasLinks = type !== "dir" && stats.nlink > 1n;
  const isDevice = type === "dev" || type === "chardev";
  return {
    name,
    type,
    mode: goMode(Number(stats.mode)),
    mtimeNs: stats.mtimeNs,
    // As restic by default: else every reading of a file would change the trees.
    atimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    user: nameOf("/etc/passwd", Number(stats.uid)),
    group: nameOf("/etc/group", Number(stats.gid)),
    inode: stats.ino,
    deviceId: hasLinks ? stats.dev : 0n,
    size: type === "file" ? Number(stats.size) : 0,
    links: type === "dir" ? 0 : Number(stats.nlink),
    linkTarget: type === "symlink" ? (linkTarget ?? fromBytes(readlinkSync(toPath(path), "buffer"))) : null,
    extendedAttributes: [],
    genericAttributes: null,
    device: isDevice ? stats.rdev : 0n,
    content: null,
    subtree: null,
    error: "",
  };
}

/** `st_mode` as Go's `os.FileMode`. */
function goMode(mode: number): number {
  let go = (mode & 0o777) + (TYPES[mode & S_IFMT]?.flags ?? 0);
  if ((mode & S_ISUID) !== 0) go += GO_MODE.setuid;
  if ((mode & S_ISGID) !== 0) go += GO_MODE.setgid;
  if ((mode & S_ISVTX) !== 0) go += GO_MODE.sticky;
  return go;
}

const accounts = new Map<string, ReadonlyMap<number, string>>();

/** The name of a user or group number, '' where it has none. */
function nameOf(file: "/etc/passwd" | "/etc/group", number: number): string {
  let names = accounts.get(file);
  if (names === undefined) accounts.set(file, (names = readAccounts(file)));
  return names.get(number) ?? "";
}

/** Lines `name:password:number:…` (passwd(5), group(5)). */
function readAccounts(file: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Systems without such a file have no names; the numbers are kept all the same.
  }
  for (const line of text.split("\n")) {
    const [name, , number] = line.split(":");
    if (name && number && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}
