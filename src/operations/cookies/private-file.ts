import { randomInt } from "node:crypto";
import { open, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HoldfastError } from "../../base/errors.ts";
import { fileError } from "../../base/file-error.ts";

/** A file of cookies is small; a larger one is another file. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Writes a file that only this user may read, whole or not at all; what was there before is replaced,
 * and so are its permissions.
 *
 * @throws {HoldfastError} `PERMISSION`, `DISK_FULL`, `FAILED`
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}-tmp-${randomInt(2 ** 47)}`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // What could not be made is not there; what cannot be removed is readable by nobody else.
    await unlink(temporary).catch(() => undefined);
    throw fileError(error, `could not write ${path}`);
  }
}

/**
 * Reads a file of cookies.
 *
 * @throws {HoldfastError} `CONFIG` when there is none, `COOKIE_FILE` when it is too large, `PERMISSION`
 */
export async function readCookieFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw tooLarge(path);
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, `could not read ${path}`);
    throw new HoldfastError({
      code: "CONFIG",
      message: `there is no file ${path}`,
      hint: "name the file of cookies: holdfast cookies import FILE",
      cause: error,
    });
  }
}

function tooLarge(path: string): HoldfastError {
  return new HoldfastError({
    code: "COOKIE_FILE",
    message: `${path} is larger than any file of cookies (32 MiB)`,
    hint: "name a file that was exported from a browser",
  });
}
