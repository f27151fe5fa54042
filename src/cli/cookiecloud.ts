import { HoldfastError } from "../base/errors.ts";
import { COOKIECLOUD_VARIABLES } from "../config/environment.ts";
import { readPasswordFile } from "../config/password.ts";
import type { CookieCloudAccess } from "../operations/cookies/export-cookies.ts";
import type { Context } from "./command.ts";

/**
 * What names and opens the cookies on a CookieCloud server: from variables or files, never from arguments,
 * which everybody on the machine can see.
 *
 * @throws {HoldfastError} `CONFIG` when one of the two is missing
 */
export async function cookieCloudOf(
  { settings, environment }: Context,
  server: string,
): Promise<CookieCloudAccess> {
  const { cookiecloudUuidFile, cookiecloudPasswordFile } = settings;
  const uuid = await given(environment[COOKIECLOUD_VARIABLES.uuid], cookiecloudUuidFile);
  const password = await given(environment[COOKIECLOUD_VARIABLES.password], cookiecloudPasswordFile);
  if (uuid !== null && password !== null) return { server, uuid, password };
  const missing = COOKIECLOUD_VARIABLES[uuid === null ? "uuid" : "password"];
  throw new HoldfastError({
    code: "CONFIG",
    message: `the ${uuid === null ? "uuid" : "password"} of CookieCloud is not set`,
    hint: `set ${missing} or ${missing}_FILE to what the extension shows`,
  });
}

async function given(value: string | undefined, file: string | null): Promise<string | null> {
  if (value !== undefined && value !== "") return value;
  return file === null ? null : await readPasswordFile(file);
}
