import { HoldfastError } from "../../base/errors.ts";
import { checkName, isName } from "../names.ts";

const APP_FOLDER = "https://graph.microsoft.com/v1.0/me/drive/special/approot";
/** What Windows or SharePoint keep for themselves. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|forms)$/;
/** OneDrive allows 400 characters for a whole path, `Apps/<name of the app>` included. */
const MAX_PATH_LENGTH = 300;

/** What a write does when its name is taken. */
export type Behaviour = "fail" | "replace";

/** Where the files of a store are. */
export interface OneDrivePaths {
  /** The path of a file below the app's folder, as OneDrive knows it. */
  pathOf(name: string): string;
  /** The path of a folder of the store, '' for its top. */
  folderPath(folder: string): string;
}

/**
 * Names become paths. OneDrive does not tell upper from lower case and refuses some names, so that in a segment
 * `=` and two digits stand for a capital letter, a dot at the end, and the first letter of a reserved word. All
 * that a repository is made of stays as it is.
 *
 * @param maxPathLength that of OneDrive when left out
 */
export function onedrivePaths(folder: string, maxPathLength: number = MAX_PATH_LENGTH): OneDrivePaths {
  const below = (path: string): string => [folder, path].filter((part) => part !== "").join("/");
  return {
    pathOf(name) {
      checkName(name);
      const path = below(encodeName(name));
      if (path.length > maxPathLength || path.split("/").some((segment) => segment.length > 255))
        throw tooLong();
      return path;
    },
    folderPath: (inside) => below(inside === "" ? "" : encodeName(inside)),
  };
}

/** The address of what is at a path, or of something to do with it. */
export function urlOf(path: string, action: "content" | "children" | "createUploadSession" | null): URL {
  if (path === "") return new URL(action === null ? APP_FOLDER : `${APP_FOLDER}/${action}`);
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return new URL(`${APP_FOLDER}:/${encoded}${action === null ? "" : `:/${action}`}`);
}

/** The address of an item by its id. */
export function itemUrl(id: string): URL {
  return new URL(`https://graph.microsoft.com/v1.0/me/drive/items/${encodeURIComponent(id)}`);
}

/** The segment of a name that a segment of a path stands for; `null` when it is none that we have made. */
export function decodeSegment(segment: string): string | null {
  const name = segment.replaceAll(/=([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return isName(name) && !name.includes("/") && encodeSegment(name) === segment ? name : null;
}

function encodeName(name: string): string {
  return name.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  const encoded = segment.replaceAll(/[A-Z]|\.$|_(?=vti_)/g, escaped);
  return RESERVED.test(segment) ? `${escaped(segment.slice(0, 1))}${segment.slice(1)}` : encoded;
}

function escaped(character: string): string {
  return `=${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function tooLong(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "a file name is longer than OneDrive allows",
    hint: "use a shorter folder in the address, or another store",
  });
}
