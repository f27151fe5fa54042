import type { ByteString } from "./byte-string.ts";

/** `path` below `folder`; either may be '' for nothing. */
export function joinPath(folder: ByteString, path: ByteString): ByteString {
  if (folder === "" || path === "" || folder === "/") return `${folder}${path}` as ByteString;
  return `${folder}/${path}` as ByteString;
}

/** The folder that an absolute path is in; that of `/` is `/`. */
export function parentOf(path: ByteString): ByteString {
  return (path.slice(0, path.lastIndexOf("/")) || "/") as ByteString;
}

/** The last part of a path; that of `/` is ''. */
export function lastPart(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1) as ByteString;
}
