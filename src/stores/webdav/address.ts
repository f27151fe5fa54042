import { HoldfastError } from "../../base/errors.ts";
import { WEBDAV_VARIABLES } from "../../base/webdav-variables.ts";
import { isLoopback } from "../http/loopback.ts";

/** A folder on a WebDAV server. */
export interface WebdavAddress {
  /** `http:` or `https:`; its path ends in '/'. */
  readonly base: URL;
  /** As people write it. */
  readonly shown: string;
}

/** True for an address of a WebDAV server, right or wrong. */
export function isWebdavAddress(url: string): boolean {
  return /^webdavs?:/i.test(url);
}

/**
 * Takes an address apart: `webdavs://host[:port]/path`, which is https, or `webdav://…`, which is http.
 *
 * @throws {HoldfastError} `CONFIG` when it is not one, or holds a password; the message does not repeat it
 */
export function parseWebdavAddress(url: string): WebdavAddress {
  const isSecure = /^webdavs:/i.test(url);
  const base = URL.parse(url.replace(/^webdavs?:/i, isSecure ? "https:" : "http:"));
  if (base === null || base.hostname === "" || !/^webdavs?:\/\/[^/]/i.test(url)) throw notComplete();
  if (base.username !== "" || base.password !== "") throw holdsPassword();
  if (base.search !== "" || base.hash !== "" || !isPlainPath(base.pathname)) throw notComplete();
  base.pathname = `${base.pathname.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "")}/`;
  return { base, shown: `webdav${isSecure ? "s" : ""}://${base.host}${base.pathname.replace(/\/$/, "")}` };
}

/**
 * @throws {HoldfastError} `CONFIG` when everybody on the way could read what is sent, and nobody has said that it
 *   may be so
 */
export function checkSecrecy({ base }: WebdavAddress, allowsHttp: boolean): void {
  if (base.protocol === "https:" || isLoopback(base) || allowsHttp) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: `webdav://${base.host} would send the password in the clear`,
    hint: `write webdavs:// when the server knows https; on a network of your own, set ${WEBDAV_VARIABLES.allowsHttp}=1`,
  });
}

/** Percent signs that mean nothing would be sent as something else. */
function isPlainPath(path: string): boolean {
  try {
    return /^[^\p{Cc}]*$/u.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}

function notComplete(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "the address of the WebDAV server is not complete",
    hint: "write it like webdavs://host/path/to/folder, with a space as %20 and nothing behind the path",
  });
}

function holdsPassword(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "the address of the WebDAV server holds a user or a password, which others would see there",
    hint: `write webdavs://host/path, and set ${WEBDAV_VARIABLES.user} and ${WEBDAV_VARIABLES.password}`,
  });
}
