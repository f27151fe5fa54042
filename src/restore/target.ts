import { accessSync, constants, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { joinPath, lastPart, parentOf } from "../base/byte-path.ts";
import { type ByteString, fromBytes, fromText, toPath, toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import { STAGING_PREFIX } from "./staging-name.ts";

/** Where something is to be restored to. */
export interface Target {
  /** Absolute; symbolic links are resolved, the last part's too. */
  readonly path: ByteString;
  /** The folder that it is in. */
  readonly parent: ByteString;
  readonly basename: ByteString;
  readonly state: "missing" | "empty" | "occupied";
  /** A file system of its own starts here, so that it cannot be renamed. */
  readonly isMountPoint: boolean;
  /** Where the new tree is built: beside the folder, to be renamed; or inside, where the folder has to stay. */
  readonly place: "beside" | "inside";
}

/**
 * Looks at the place where something is to be restored to.
 *
 * @throws {HoldfastError} `CONFIG` when it cannot be one, `PERMISSION` when it cannot be looked at
 */
export function inspectTarget(path: string): Target {
  try {
    return inspect(resolveLinks(fromText(resolve(path))));
  } catch (error) {
    throw fileError(error, `could not look at '${path}'`);
  }
}

/**
 * @throws {HoldfastError} `TARGET_NOT_EMPTY`
 */
export function checkReplaceable(target: Target, force: boolean): void {
  if (target.state === "occupied" && !force) throw notEmpty(target);
}

/** What is thrown when something would be replaced that nobody allowed to replace. */
export function notEmpty(target: Target): HoldfastError {
  return new HoldfastError({
    code: "TARGET_NOT_EMPTY",
    message: `'${toText(target.path)}' is not empty`,
    hint: "replace what is there with --force, or restore to another place with --to",
  });
}

/** The names in the target folder that restoring replaces. */
export function namesInTarget(path: ByteString, isMountPoint: boolean): ByteString[] {
  return (readdirSync(toPath(path), { encoding: "latin1" }) as ByteString[]).filter((name) => {
    // the file system's own folder for its repairs stays where it is
    return !name.startsWith(STAGING_PREFIX) && !(isMountPoint && name === "lost+found");
  });
}

function inspect(path: ByteString): Target {
  const [parent, basename] = [parentOf(path), lastPart(path)];
  if (basename === "") {
    throw new HoldfastError({ code: "CONFIG", message: "the root of the file system cannot be restored to" });
  }
  const stats = lstatSync(toPath(path), { throwIfNoEntry: false });
  if (stats === undefined) {
    return { path, parent, basename, state: "missing", isMountPoint: false, place: "beside" };
  }
  const isMountPoint = stats.dev !== lstatSync(toPath(parent)).dev || mountPoints().has(path);
  if (!stats.isDirectory()) {
    return { path, parent, basename, state: "occupied", isMountPoint, place: "beside" };
  }
  const state = namesInTarget(path, isMountPoint).length === 0 ? "empty" : "occupied";
  const hasToStay = isMountPoint || path === currentFolder() || !isWritable(parent);
  return { path, parent, basename, state, isMountPoint, place: hasToStay ? "inside" : "beside" };
}

/** If it were replaced, this process, and the shell that started it, would stand in a folder that is gone. */
function currentFolder(): ByteString | null {
  try {
    return fromText(process.cwd());
  } catch {
    return null; // removed already
  }
}

/** Resolves as much of a path as is there. */
function resolveLinks(path: ByteString): ByteString {
  try {
    return fromBytes(realpathSync.native(toPath(path), { encoding: "buffer" }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path === "/") throw error;
  }
  if (lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `'${toText(path)}' is a symbolic link to nothing`,
      hint: "remove the link, or make the folder that it points to",
    });
  }
  return joinPath(resolveLinks(parentOf(path)), lastPart(path));
}

function isWritable(folder: ByteString): boolean {
  try {
    accessSync(toPath(folder), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Also those of the same file system, which `st_dev` does not show (proc(5), `/proc/pid/mountinfo`). */
function mountPoints(): ReadonlySet<string> {
  try {
    const lines = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
    const unescape = (text: string): string =>
      text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
    return new Set(lines.map((line) => unescape(line.split(" ")[4] ?? "")));
  } catch {
    return new Set(); // not Linux
  }
}
