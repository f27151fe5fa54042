import { HoldfastError } from "../base/errors.ts";
import { isPrivateStore, localFolderOf, type OpenStoreOptions } from "../stores/open.ts";

/**
 * The password to use when the user may have given none: the empty one, which everybody knows, is only
 * taken for a place that is verifiably closed to everybody else.
 *
 * @param given `null` when there is none
 * @throws {HoldfastError} `CONFIG` when a password is needed; `STORE_AUTH` when the place cannot be looked at
 */
export async function passwordFor(
  store: string,
  given: string | null,
  options: OpenStoreOptions = {},
): Promise<string> {
  if (given !== null) return given;
  if (await isPrivateStore(store, options)) return "";
  const folder = localFolderOf(store);
  throw new HoldfastError({
    code: "CONFIG",
    message:
      folder === null
        ? "no password is set, and the store is not known to be private"
        : `no password is set, and others may look into ${folder}`,
    hint:
      folder === null
        ? "set HOLDFAST_PASSWORD or HOLDFAST_PASSWORD_FILE"
        : `set HOLDFAST_PASSWORD or HOLDFAST_PASSWORD_FILE, or close the folder with: chmod 700 ${folder}`,
  });
}
