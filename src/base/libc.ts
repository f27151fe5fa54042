import { createRequire } from "node:module";

/** The system calls that Node does not offer; each returns what C returns, -1 for an error. */
export interface Libc {
  errno(): number;
  /** `renameat2(2)` by its number: musl has no function of this name. */
  renameat2(source: Buffer, target: Buffer, flags: number): number;
  mkfifo(path: Buffer, mode: number): number;
  utimensat(path: Buffer, times: Buffer, flags: number): number;
  futimens(fd: number, times: Buffer): number;
  llistxattr(path: Buffer, list: Buffer | null, size: number): number;
  flistxattr(fd: number, list: Buffer | null, size: number): number;
  lgetxattr(path: Buffer, name: Buffer, value: Buffer | null, size: number): number;
  lsetxattr(path: Buffer, name: Buffer, value: Buffer, size: number, flags: number): number;
  lseek(fd: number, offset: number, whence: number): number | bigint;
  waitpid(pid: number, status: Buffer, flags: number): number;
  /** `copy_file_range(2)` by its number; offsets are pointers to 64 bits. */
  copyFileRange(
    source: number,
    sourceOffset: Buffer,
    target: number,
    targetOffset: Buffer,
    length: number,
  ): number;
}

/** Numbers of system calls on the processors that Node runs on (Linux `asm/unistd.h`). */
interface CallNumbers {
  readonly renameat2: number;
  readonly copyFileRange: number;
}

const GENERIC: CallNumbers = { renameat2: 276, copyFileRange: 285 };
const CALL_NUMBERS: Readonly<Record<string, CallNumbers>> = {
  x64: { renameat2: 316, copyFileRange: 326 },
  arm64: GENERIC,
  riscv64: GENERIC,
  loong64: GENERIC,
  ppc64: { renameat2: 357, copyFileRange: 379 },
};

const AT_FDCWD = -100;

let loaded: Libc | null | undefined;

/**
 * The C library of this process, glibc or musl; `null` where it cannot be reached (not Linux, not a
 * 64-bit processor, or no koffi for this machine). Loaded at the first call, for the cost of about 15 ms.
 */
export function libc(): Libc | null {
  loaded ??= open();
  return loaded;
}

function open(): Libc | null {
  const numbers = CALL_NUMBERS[process.arch];
  if (process.platform !== "linux" || numbers === undefined) return null;
  try {
    return bind(numbers);
  } catch {
    return null; // an optional package without a build for this machine: callers have another way
  }
}

function bind(numbers: CallNumbers): Libc {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const library = koffi.load(null);
  const syscall = library.func("syscall", "int64_t", [
    "int64_t",
    "int64_t",
    "void *",
    "int64_t",
    "void *",
    "uint64_t",
    "uint64_t",
  ]);
  const utimensat = library.func("utimensat", "int", ["int", "void *", "void *", "int"]);
  return {
    errno: () => koffi.errno(),
    renameat2: (source, target, flags) =>
      Number(syscall(numbers.renameat2, AT_FDCWD, source, AT_FDCWD, target, flags, 0)),
    mkfifo: library.func("mkfifo", "int", ["void *", "uint32_t"]),
    utimensat: (path, times, flags) => utimensat(AT_FDCWD, path, times, flags) as number,
    futimens: library.func("futimens", "int", ["int", "void *"]),
    llistxattr: library.func("llistxattr", "int64_t", ["void *", "void *", "size_t"]),
    flistxattr: library.func("flistxattr", "int64_t", ["int", "void *", "size_t"]),
    lgetxattr: library.func("lgetxattr", "int64_t", ["void *", "void *", "void *", "size_t"]),
    waitpid: library.func("waitpid", "int", ["int", "void *", "int"]),
    lseek: library.func("lseek", "int64_t", ["int", "int64_t", "int"]),
    copyFileRange: (source, sourceOffset, target, targetOffset, length) =>
      Number(syscall(numbers.copyFileRange, source, sourceOffset, target, targetOffset, length, 0)),
    lsetxattr: library.func("lsetxattr", "int", ["void *", "void *", "void *", "size_t", "int"]),
  };
}
