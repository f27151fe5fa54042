import { givenPassword } from "../config/password.ts";
import type { RepositoryAddress } from "../operations/open-repository.ts";
import { passwordFor } from "../operations/password-rule.ts";
import type { Context } from "./command.ts";

/**
 * The repository that the settings name, with its password.
 *
 * @throws {HoldfastError} `CONFIG` when a password is needed and none is given
 */
export async function accessOf({ settings, environment, signal }: Context): Promise<RepositoryAddress> {
  const { store, passwordFile } = settings;
  const password = await passwordFor(store, await givenPassword(environment, passwordFile));
  return { store, password, signal };
}
