import { HoldfastError } from "../base/errors.ts";
import { NEW_PASSWORD_VARIABLE } from "../config/environment.ts";
import { readPasswordFile } from "../config/password.ts";
import { askNewPassword, canAsk } from "./ask.ts";
import type { Context } from "./command.ts";

/**
 * The new password: from a file, else from `HOLDFAST_NEW_PASSWORD`, else from the terminal.
 *
 * @throws {HoldfastError} `CONFIG` when there is none
 */
export async function newPasswordOf(context: Context, file: string | null): Promise<string> {
  if (file !== null) return readPasswordFile(file);
  const given = context.environment[NEW_PASSWORD_VARIABLE];
  if (given !== undefined && given !== "") return given;
  if (canAsk()) return askNewPassword(context);
  throw new HoldfastError({
    code: "CONFIG",
    message: "no new password is given, and there is no terminal to ask on",
    hint: `set ${NEW_PASSWORD_VARIABLE}, or name a file with --new-password-file`,
  });
}
