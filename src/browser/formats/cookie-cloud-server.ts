import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import type { CookieJar } from "../cookie.ts";
import {
  type CookieCloudKind,
  type CookieCloudOwner,
  decryptCookieCloud,
  encryptCookieCloud,
} from "./cookie-cloud.ts";
import { isObject } from "./fields.ts";
import { type CookieCloudServer, requestJson, serverOf } from "./cookie-cloud-request.ts";

/** Who pushes or pulls. */
export interface CookieCloudCredentials extends CookieCloudOwner {
  /** How to encrypt; `legacy`, which every client reads, when left out. */
  readonly kind?: CookieCloudKind;
}

/** How a call to the server can be given up. */
export interface CookieCloudOptions {
  readonly signal?: AbortSignal;
}

const compress = promisify(gzip);

/**
 * Encrypts a jar and puts it on a CookieCloud server, in the place of what is there under this uuid. The
 * password stays here.
 *
 * @param server its address, with the path it is served below; may hold a user and a password for a proxy
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `NOT_FOUND` when there is no CookieCloud at this
 * address, `CONFIG` for a wrong address, `COOKIE_FILE` for a jar that does not fit, `CANCELLED`
 */
export async function pushToCookieCloud(
  server: string,
  credentials: CookieCloudCredentials,
  jar: CookieJar,
  options: CookieCloudOptions = {},
): Promise<void> {
  const target = serverOf(server);
  checkUuid(credentials.uuid);
  const payload = encryptCookieCloud(jar, { ...credentials, kind: credentials.kind ?? "legacy" });
  const body = await compress(JSON.stringify({ uuid: credentials.uuid, ...payload }));
  const answer = await requestJson(target, "/update", { ...options, body });
  if (isObject(answer) && answer["action"] === "done") return;
  throw new HoldfastError({
    code: "FAILED",
    message: `${target.shown} did not keep the cookies`,
    hint: "look at the log of the server: its disk may be full",
  });
}

/**
 * Gets what is on a CookieCloud server under a uuid, and opens it here.
 *
 * @param server its address, with the path it is served below; may hold a user and a password for a proxy
 * @throws {HoldfastError} `NOT_FOUND` when nothing is kept under the uuid, `WRONG_PASSWORD`, `COOKIE_FILE`,
 * `STORE_UNREACHABLE`, `STORE_AUTH`, `CONFIG` for a wrong address, `CANCELLED`
 */
export async function pullFromCookieCloud(
  server: string,
  credentials: CookieCloudOwner,
  options: CookieCloudOptions = {},
): Promise<CookieJar> {
  const target = serverOf(server);
  checkUuid(credentials.uuid);
  const payload = await get(target, credentials.uuid, options);
  return decryptCookieCloud(payload, credentials);
}

async function get(target: CookieCloudServer, uuid: string, options: CookieCloudOptions): Promise<unknown> {
  try {
    return await requestJson(target, `/get/${encodeURIComponent(uuid)}`, options);
  } catch (error) {
    if (!isHoldfastError(error, "NOT_FOUND")) throw error;
    throw new HoldfastError({
      code: "NOT_FOUND",
      message: `${target.shown} keeps nothing under this uuid`,
      hint: "send from the extension first, and compare uuid and address with it",
      cause: error,
    });
  }
}

/** The server would take only the last part of a uuid with '/', and `.` would be another address. */
function checkUuid(uuid: string): void {
  if (/^[^/\\\0]+$/.test(uuid) && uuid !== "." && uuid !== ".." && uuid.isWellFormed()) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the uuid of CookieCloud must be a text without '/'",
    hint: "copy it from the extension",
  });
}
