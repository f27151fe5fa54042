import { readFile } from "node:fs/promises";
import { HoldfastError } from "../base/errors.ts";
import { PASSWORD_VARIABLE, type Environment } from "./environment.ts";

/** A password is short; a larger file is another file. */
const MAX_FILE_BYTES = 64 * 1024;

/**
 * The password that was given: `HOLDFAST_PASSWORD`, else the first line of `passwordFile`.
 *
 * @returns `null` when none was given; an empty variable counts as not given
 * @throws {HoldfastError} `CONFIG` when the file cannot be read or holds no password
 */
export async function givenPassword(
  environment: Environment,
  passwordFile: string | null,
): Promise<string | null> {
  const given = environment[PASSWORD_VARIABLE];
  if (given !== undefined && given !== "") return given;
  return passwordFile === null ? null : readPasswordFile(passwordFile);
}

/**
 * The first line of a file.
 *
 * @throws {HoldfastError} `CONFIG` when the file cannot be read, is too large or its first line is empty
 */
export async function readPasswordFile(path: string): Promise<string> {
  const content = await readFile(path).catch((cause: unknown) => {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the password file ${path} cannot be read`,
      hint: "check its name and that you may read it",
      cause,
    });
  });
  const [line] = content.subarray(0, MAX_FILE_BYTES).toString("utf8").split(/\r?\n/, 1);
  if (content.length > MAX_FILE_BYTES || line === undefined || line === "") {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the file ${path} holds no password`,
      hint: "write the password into its first line",
    });
  }
  return line;
}
