import { givenPassword } from "../config/password.ts";
import type { RepositoryAddress } from "../operations/open-repository.ts";
import { passwordFor } from "../operations/password-rule.ts";
import type { Context } from "./command.ts";
import { credentialsFrom } from "./credentials.ts";
import { shownAddress } from "./format.ts";

/**
 * The repository that the settings name, with its password.
 *
 * @throws {HoldfastError} `CONFIG` when a password is needed and none is given
 */
export async function accessOf(context: Context): Promise<RepositoryAddress> {
  const { settings, environment, output, texts, signal } = context;
  const { store, state, passwordFile } = settings;
  output.detail(texts.using(shownAddress(store), state));
  const credentials = credentialsFrom(environment);
  const password = await passwordFor(store, await givenPassword(environment, passwordFile), { credentials });
  return { store, credentials, password, signal };
}
