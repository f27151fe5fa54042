import { HoldfastError } from "../../base/errors.ts";
import { isName } from "../names.ts";

/** True for an address in a OneDrive, right or wrong. */
export function isOneDriveAddress(url: string): boolean {
  return /^onedrive:/i.test(url);
}

/**
 * The folder in an address, `onedrive:` or `onedrive:folder`: below the app's own folder, '' for that itself.
 *
 * @throws {HoldfastError} `CONFIG` when it cannot be the name of one; the message does not repeat it
 */
export function parseOneDriveAddress(url: string): string {
  const folder = url.replace(/^onedrive:\/{0,2}/i, "").replace(/\/+$/, "");
  if (folder === "" || (isName(folder) && folder.length <= 100 && !/\.(?:\/|$)/.test(folder))) return folder;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the address in OneDrive does not name a folder",
    hint: "write it like onedrive:name, with A-Z a-z 0-9 . _ - and at most 100 characters",
  });
}
