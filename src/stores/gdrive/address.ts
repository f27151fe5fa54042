import { HoldfastError } from "../../base/errors.ts";
import { isName } from "../names.ts";

/** Where the files are when the address names no folder. */
const DEFAULT_FOLDER = "holdfast";

/** True for an address in a Google Drive, right or wrong. */
export function isGoogleDriveAddress(url: string): boolean {
  return /^gdrive:/i.test(url);
}

/**
 * The folder in an address, `gdrive:` or `gdrive:folder`: below "My Drive"; `holdfast` when none is named.
 *
 * @throws {HoldfastError} `CONFIG` when it cannot be the name of one; the message does not repeat it
 */
export function parseGoogleDriveAddress(url: string): string {
  const folder = url.replace(/^gdrive:\/{0,2}/i, "").replace(/\/+$/, "");
  if (folder === "") return DEFAULT_FOLDER;
  if (isName(folder)) return folder;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the address in Google Drive does not name a folder",
    hint: "write it like gdrive:name, with A-Z a-z 0-9 . _ -",
  });
}
