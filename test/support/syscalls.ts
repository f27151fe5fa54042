import { getSystemErrorName } from "node:util";
import koffi from "koffi";

/*
 * The judge's own way to the system, apart from that of the product, so that one mistake cannot hide
 * in both. Paths are bytes.
 */

type Call<A extends readonly unknown[]> = (...values: A) => number | bigint;

const libc = koffi.load(null);
const calls = {
  mknod: libc.func("mknod", "int", ["void *", "uint32_t", "uint64_t"]) as Call<
    [path: Buffer, mode: number, device: number]
  >,
  utimensat: libc.func("utimensat", "int", ["int", "void *", "void *", "int"]) as Call<
    [folder: number, path: Buffer, times: Buffer, flags: number]
  >,
  lseek: libc.func("lseek", "int64_t", ["int", "int64_t", "int"]) as Call<
    [fd: number, offset: number, whence: number]
  >,
  lsetxattr: libc.func("lsetxattr", "int", ["void *", "void *", "void *", "size_t", "int"]) as Call<
    [path: Buffer, name: Buffer, value: Buffer, size: number, flags: number]
  >,
  llistxattr: libc.func("llistxattr", "int64_t", ["void *", "void *", "size_t"]) as Call<
    [path: Buffer, list: Buffer, size: number]
  >,
  lgetxattr: libc.func("lgetxattr", "int64_t", ["void *", "void *", "void *", "size_t"]) as Call<
    [path: Buffer, name: Buffer, value: Buffer, size: number]
  >,
};

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const S_IFIFO = 0o010000;
const S_IFSOCK = 0o140000;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const XATTR_MAX_BYTES = 65_536;
const NS_PER_SECOND = 1_000_000_000n;

/** Makes a named pipe or a socket that nobody listens on. */
export function makeSpecialFile(path: Buffer, type: "fifo" | "socket", mode: number): void {
  mustBeZero("mknod", calls.mknod(terminated(path), (type === "fifo" ? S_IFIFO : S_IFSOCK) | mode, 0));
}

/** Sets both times, of a symbolic link itself where the path is one. */
export function setModifiedTime(path: Buffer, timeNs: bigint): void {
  const nanoseconds = ((timeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const seconds = (timeNs - nanoseconds) / NS_PER_SECOND;
  const times = Buffer.from(new BigInt64Array([seconds, nanoseconds, seconds, nanoseconds]).buffer);
  mustBeZero("utimensat", calls.utimensat(AT_FDCWD, terminated(path), times, AT_SYMLINK_NOFOLLOW));
}

/** Sets an extended attribute, of a symbolic link itself where the path is one. */
export function setAttribute(path: Buffer, name: string, value: Buffer): void {
  const notEmpty = value.length === 0 ? Buffer.alloc(1) : value; // a pointer is needed even for no bytes
  mustBeZero(
    "lsetxattr",
    calls.lsetxattr(terminated(path), terminated(Buffer.from(name)), notEmpty, value.length, 0),
  );
}

/** Every extended attribute by name, values in hex; names as latin1 of their bytes. */
export function readAttributes(path: Buffer): ReadonlyMap<string, string> {
  const buffer = Buffer.allocUnsafe(XATTR_MAX_BYTES);
  const sizeBytes = Number(calls.llistxattr(terminated(path), buffer, buffer.length));
  if (sizeBytes < 0) {
    const code = errorName();
    if (code === "ENOTSUP" || code === "EOPNOTSUPP") return new Map();
    throw new Error(`llistxattr: ${code}`);
  }
  const names = buffer.toString("latin1", 0, sizeBytes).split("\0").slice(0, -1).sort();
  return new Map(names.map((name) => [name, attributeValue(path, name)]));
}

/** The parts of a file that are not holes, in order. */
export function dataRanges(
  fd: number,
  sizeBytes: number,
): { readonly offset: number; readonly end: number }[] {
  const ranges: { offset: number; end: number }[] = [];
  for (let position = 0; position < sizeBytes;) {
    const offset = seek(fd, position, SEEK_DATA);
    if (offset === null) break;
    const end = seek(fd, offset, SEEK_HOLE) ?? sizeBytes;
    ranges.push({ offset, end: Math.min(end, sizeBytes) });
    position = end;
  }
  return ranges;
}

/** `null` when nothing of that kind follows. */
function seek(fd: number, position: number, whence: number): number | null {
  const offset = Number(calls.lseek(fd, position, whence));
  if (offset >= 0) return offset;
  if (errorName() === "ENXIO") return null;
  throw new Error(`lseek: ${errorName()}`);
}

function attributeValue(path: Buffer, name: string): string {
  const value = Buffer.allocUnsafe(XATTR_MAX_BYTES);
  const sizeBytes = Number(
    calls.lgetxattr(terminated(path), terminated(Buffer.from(name, "latin1")), value, value.length),
  );
  if (sizeBytes < 0) throw new Error(`lgetxattr ${name}: ${errorName()}`);
  return value.toString("hex", 0, sizeBytes);
}

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.alloc(1)]);
}

function mustBeZero(call: string, result: number | bigint): void {
  if (Number(result) !== 0) throw new Error(`${call}: ${errorName()}`);
}

function errorName(): string {
  return getSystemErrorName(-koffi.errno());
}
