import { futimesSync, lutimesSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { type ByteString, fromBytes, toBytes, toPath, toText } from "./byte-string.ts";
import { type Libc, libc } from "./libc.ts";

/** One extended attribute, for example `user.comment`. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** `lseek(2)`: go to the next data. */
const SEEK_DATA = 3;

/** Largest list of names and largest value that Linux keeps (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`). */
const XATTR_MAX_BYTES = 65_536;

/** Another file system, an old kernel, a sandbox, or a file system without this call (copy_file_range(2)). */
const CANNOT_COPY: ReadonlySet<string> = new Set([
  "EXDEV",
  "ENOSYS",
  "EPERM",
  "EINVAL",
  "EOPNOTSUPP",
  "ENOTSUP",
]);
const SOURCE_OFFSET = Buffer.alloc(8);
const TARGET_OFFSET = Buffer.alloc(8);

/** For the calls below, which are synchronous: allocating it each time costs more than the call. */
let scratch: Buffer | null = null;

/**
 * Swaps two entries of one file system at one instant.
 *
 * @returns false when this system cannot (and then nothing has changed)
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function exchange(first: ByteString, second: ByteString): boolean {
  return renameWith(first, second, RENAME_EXCHANGE);
}

/**
 * Renames, and fails with `EEXIST` where `target` exists.
 *
 * @returns false when this system cannot (and then nothing has changed)
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function renameNoReplace(source: ByteString, target: ByteString): boolean {
  return renameWith(source, target, RENAME_NOREPLACE);
}

/**
 * Makes a named pipe; the permission bits are subject to the umask.
 *
 * @returns false when this system cannot
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function makeFifo(path: ByteString, mode: number): boolean {
  const c = libc();
  if (c === null) return false;
  if (c.mkfifo(terminated(path), mode) !== 0) throw systemError(c, "mkfifo", path);
  return true;
}

/**
 * Sets access and modification time of a path, of the symbolic link itself where it is one. Exact to
 * the nanosecond where the C library can be reached, else to about a microsecond.
 *
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function setTimes(path: ByteString, atimeNs: bigint, mtimeNs: bigint): void {
  const c = libc();
  if (c === null) return lutimesSync(toPath(path), seconds(atimeNs), seconds(mtimeNs));
  if (c.utimensat(terminated(path), timespecs(atimeNs, mtimeNs), AT_SYMLINK_NOFOLLOW) !== 0) {
    throw systemError(c, "utimensat", path);
  }
}

/** As {@link setTimes}, of an open file. */
export function setFileTimes(fd: number, atimeNs: bigint, mtimeNs: bigint): void {
  const c = libc();
  if (c === null) return futimesSync(fd, seconds(atimeNs), seconds(mtimeNs));
  if (c.futimens(fd, timespecs(atimeNs, mtimeNs)) !== 0) throw systemError(c, "futimens", null);
}

/**
 * Where the next data of a file with holes begins, in bytes: `offset` itself or later, `Infinity`
 * when only a hole follows; `null` where that cannot be told. Moves the file's own position.
 */
export function nextDataOffset(fd: number, offset: number): number | null {
  const c = libc();
  if (c === null) return null;
  const found = Number(c.lseek(fd, offset, SEEK_DATA));
  if (found >= 0) return found;
  return getSystemErrorName(-c.errno()) === "ENXIO" ? Infinity : null;
}

/** A place in an open file. */
export interface FilePlace {
  readonly fd: number;
  readonly offset: number;
}

/**
 * Copies a range of an open file within the kernel; the data is shared instead of copied where the file
 * system can do that.
 *
 * @returns how many bytes, 0 at the end of the source; `null` where the system cannot copy between these
 *   two files (and then nothing has changed)
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function copyRange(source: FilePlace, target: FilePlace, lengthBytes: number): number | null {
  const c = libc();
  if (c === null) return null;
  SOURCE_OFFSET.writeBigInt64LE(BigInt(source.offset));
  TARGET_OFFSET.writeBigInt64LE(BigInt(target.offset));
  const count = c.copyFileRange(source.fd, SOURCE_OFFSET, target.fd, TARGET_OFFSET, lengthBytes);
  if (count >= 0) return count;
  const error = systemError(c, "copy_file_range", null);
  if (error.code !== undefined && CANNOT_COPY.has(error.code)) return null;
  throw error;
}

/**
 * Whether an open file may have extended attributes: most have none, and this costs a third of
 * {@link listExtendedAttributes}.
 */
export function mayHaveExtendedAttributes(fd: number): boolean {
  const c = libc();
  return c !== null && c.flistxattr(fd, null, 0) !== 0;
}

/**
 * The attributes `user.*` of a path (not of what a symbolic link points to), sorted by name; none
 * where the file system or this system has none.
 *
 * @throws the error of the system call, with `code` as `node:fs` gives it
 */
export function listExtendedAttributes(path: ByteString): ExtendedAttribute[] {
  const c = libc();
  if (c === null) return [];
  scratch ??= Buffer.allocUnsafeSlow(XATTR_MAX_BYTES);
  const size = c.llistxattr(terminated(path), scratch, scratch.length);
  if (size < 0) {
    const error = systemError(c, "llistxattr", path);
    if (error.code === "ENOTSUP" || error.code === "EOPNOTSUPP") return [];
    throw error;
  }
  if (size === 0) return [];
  const attributes: ExtendedAttribute[] = [];
  for (const name of fromBytes(scratch.subarray(0, size - 1)).split("\0")) {
    if (!name.startsWith("user.")) continue;
    const value = readAttribute(c, path, name as ByteString, scratch);
    if (value !== null) attributes.push({ name: toText(name as ByteString), value });
  }
  return attributes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Sets one attribute of a path (not of what a symbolic link points to).
 *
 * @returns false when this system cannot
 * @throws the error of the system call, with `code` as `node:fs` gives it (`ENOTSUP`: the file system cannot)
 */
export function setExtendedAttribute(path: ByteString, attribute: ExtendedAttribute): boolean {
  const c = libc();
  if (c === null) return false;
  const name = Buffer.from(attribute.name + "\0", "utf8");
  const value = Buffer.from(attribute.value); // its own memory: koffi takes a Buffer
  if (c.lsetxattr(terminated(path), name, value, value.length, 0) !== 0)
    throw systemError(c, "lsetxattr", path);
  return true;
}

function renameWith(source: ByteString, target: ByteString, flags: number): boolean {
  const c = libc();
  if (c === null) return false;
  if (c.renameat2(terminated(source), terminated(target), flags) === 0) return true;
  const error = systemError(c, "renameat2", source);
  // EINVAL: the file system does not know the flag; ENOSYS: the kernel, or a sandbox that hides the call
  if (error.code === "EINVAL" || error.code === "ENOSYS") return false;
  throw error;
}

/** `null` when the attribute has gone since it was listed. */
function readAttribute(c: Libc, path: ByteString, name: ByteString, space: Buffer): Buffer | null {
  const size = c.lgetxattr(terminated(path), terminated(name), space, space.length);
  if (size >= 0) return Buffer.from(space.subarray(0, size));
  const error = systemError(c, "lgetxattr", path);
  if (error.code === "ENODATA") return null;
  throw error;
}

/** `struct timespec[2]` of a 64-bit system; one for all calls, which are synchronous and many. */
const TIMES = Buffer.alloc(32);
const TIME_FIELDS = new BigInt64Array(TIMES.buffer, TIMES.byteOffset, 4);
const NS_PER_SECOND = 1_000_000_000n;

function timespecs(atimeNs: bigint, mtimeNs: bigint): Buffer {
  setTimespec(0, atimeNs);
  setTimespec(2, mtimeNs);
  return TIMES;
}

/** Nanoseconds count forwards, before 1970 too. */
function setTimespec(field: 0 | 2, timeNs: bigint): void {
  const rest = timeNs % NS_PER_SECOND;
  const nanoseconds = rest < 0n ? rest + NS_PER_SECOND : rest;
  TIME_FIELDS[field] = (timeNs - nanoseconds) / NS_PER_SECOND;
  TIME_FIELDS[field + 1] = nanoseconds;
}

function seconds(timeNs: bigint): number {
  return Number(timeNs) / 1e9;
}

/** What C expects of a path: the bytes and a NUL. */
function terminated(path: ByteString): Buffer {
  return toBytes((path + "\0") as ByteString);
}

/** In the shape that `node:fs` throws. */
function systemError(c: Libc, call: string, path: ByteString | null): NodeJS.ErrnoException {
  const errno = -c.errno();
  const code = getSystemErrorName(errno);
  const error: NodeJS.ErrnoException = new Error(
    path === null ? `${code}: ${call}` : `${code}: ${call} '${toText(path)}'`,
  );
  error.errno = errno;
  error.code = code;
  error.syscall = call;
  if (path !== null) error.path = toText(path);
  return error;
}

/** Returns at once (`sys/wait.h`). */
const WNOHANG = 1;

/**
 * Takes note of the end of a child process that this process did not start by itself, so that nothing of it
 * is left; does nothing while it lives. Where the C library cannot be reached, it stays as it is.
 */
export function waitFor(pid: number): void {
  libc()?.waitpid(pid, Buffer.alloc(4), WNOHANG);
}
