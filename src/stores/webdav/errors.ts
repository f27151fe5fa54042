import { HoldfastError } from "../../base/errors.ts";
import { WEBDAV_VARIABLES } from "../../base/webdav-variables.ts";
import { type HttpResponse, shortened, textOf } from "../http/exchange.ts";
import type { Quirks } from "./quirks.ts";

/** What the words of an error need to know. */
export interface ErrorContext {
  /** Of the store, for people. */
  readonly shown: string;
  readonly host: string;
  readonly quirks: Quirks;
  readonly credentials: "password" | "token" | null;
}

/** Verbs that change something. */
const WRITING: ReadonlySet<string> = new Set(["PUT", "MKCOL", "MOVE", "DELETE"]);
const MIB = 1024 * 1024;

/** A request and what it was for. */
export interface Failed {
  readonly method: string;
  /** What could not be done, to follow "could not". */
  readonly what: string;
  /** Of the body that was sent. */
  readonly sentBytes?: number | undefined;
}

/** An answer that is not the one hoped for, as an error. */
export function webdavError(response: HttpResponse, failed: Failed, context: ErrorContext): HoldfastError {
  const { status } = response;
  const { what, method } = failed;
  const said = saidBy(response);
  if (status === 401) return refused(failed, context);
  if (status === 403) return forbidden(failed, said, context);
  if (status >= 301 && status <= 308) return redirected(response, failed, context);
  if (status === 404 || status === 409 || status === 410) return missing(failed, said, context);
  if (status === 405 || status === 501) return notDone(failed, said, context);
  if (status === 413) return tooLarge(failed, context);
  if (status === 507 || /quota|insufficient storage|no space left/i.test(said))
    return full(what, said, context);
  if (isWebPage(response) && status < 300) return webPage(what, context);
  if (isPassing(status)) return passing(response, what, said, context);
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: ${context.host} answered ${method} with ${said}`,
    hint: "look into the log of the server; if it does so again, it may need what docs/stores/webdav.md says",
  });
}

/** Answers that another attempt may not get (those that rclone repeats, and 408). */
export function isPassing(status: number): boolean {
  return [408, 423, 425, 429, 500, 502, 503, 504, 509].includes(status);
}

/** True when a person should read the answer, as the page of a login or of a proxy. */
export function isWebPage(response: HttpResponse): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(response.header("content-type") ?? "");
}

/** What may pass. */
export function unreachable(message: string, hint = "try again later"): HoldfastError {
  return new HoldfastError({ code: "STORE_UNREACHABLE", message, hint });
}

/** An address that leads to a web page, where a file or a list was asked for. */
export function webPage(what: string, { host, shown }: ErrorContext): HoldfastError {
  return unreachable(
    `could not ${what}: ${host} answered with a web page instead`,
    `look whether ${shown} is the address for WebDAV, and not that of the web site; a proxy or a page that asks for a login may also be in between`,
  );
}

/** Everybody could read it. */
export function publicServer({ shown }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "STORE_PUBLIC",
    message: `${shown} can be read without a password`,
    hint: "let the server ask for a password, or encrypt with one of your own: set HOLDFAST_PASSWORD",
  });
}

function saidBy(response: HttpResponse): string {
  const { status } = response;
  if (isWebPage(response)) return `status ${status}`;
  // Sabre (Nextcloud) and Jianguoyun put it into XML, others write it as it is.
  const text = textOf(response);
  const told = /<(?:\w+:)?message>([^<]*)</i.exec(text)?.[1] ?? (text.includes("<") ? "" : text);
  const words = shortened(told);
  return words === "" ? `status ${status}` : `status ${status}: ${words}`;
}

function refused({ what }: Failed, { host, quirks, credentials }: ErrorContext): HoldfastError {
  const { user, password, token } = WEBDAV_VARIABLES;
  if (credentials === null) {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `could not ${what}: ${host} asks for a user and a password`,
      hint: `set ${user} and ${password}, or ${token}`,
    });
  }
  if (credentials === "token") {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `could not ${what}: ${host} does not take the token (status 401)`,
      hint: `it may have expired or been revoked; set ${token} to a new one`,
    });
  }
  const where = quirks.passwords === null ? "" : ` (${quirks.provider ?? host}: ${quirks.passwords})`;
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `could not ${what}: ${host} does not take the user and password (status 401)`,
    hint: `check ${user} and ${password}; with two-factor authentication it has to be a password made for one app${where}`,
  });
}

function forbidden({ what, method }: Failed, said: string, { shown }: ErrorContext): HoldfastError {
  const isWriting = WRITING.has(method);
  return new HoldfastError({
    code: isWriting ? "STORE_READ_ONLY" : "STORE_AUTH",
    message: `could not ${what}: the server does not allow that (${said})`,
    hint: `let the user ${isWriting ? "write to" : "read"} ${shown}, at the server, or name another folder`,
  });
}

function redirected(response: HttpResponse, { what, method }: Failed, { host }: ErrorContext): HoldfastError {
  const { status } = response;
  const target = URL.parse(response.header("location") ?? "", `https://${host}`);
  const place = target === null ? "nowhere" : `${target.protocol}//${target.host}`;
  return new HoldfastError({
    code: "CONFIG",
    message: `could not ${what}: ${host} sends ${method} to ${place} (status ${status}), which is not followed`,
    hint: "name in the address of the store where the server really is: with webdavs:// when it leads to https, and the path that it wants",
  });
}

function missing({ what }: Failed, said: string, { shown, quirks }: ErrorContext): HoldfastError {
  const isNextcloud = quirks.provider === "Nextcloud";
  return new HoldfastError({
    code: "CONFIG",
    message: `could not ${what}: there is no folder ${shown}, and it cannot be made (${said})`,
    hint: isNextcloud
      ? "write it like webdavs://host/remote.php/dav/files/USER/folder"
      : "check the path; some providers let the top folder be made only at their web site",
  });
}

function notDone({ what, method }: Failed, said: string, { shown, host }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: WRITING.has(method) ? "STORE_READ_ONLY" : "CONFIG",
    message: `could not ${what}: ${host} knows no ${method} at ${shown} (${said})`,
    hint: "check that WebDAV is on there, with writing, and that the path is the one for WebDAV",
  });
}

function tooLarge({ what, sentBytes = 0 }: Failed, { host }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `could not ${what}: ${host} takes no file of ${(sentBytes / MIB).toFixed(1)} MiB (status 413)`,
    hint: "allow files of 64 MiB at the server or the proxy in front: client_max_body_size in nginx, LimitRequestBody in Apache",
  });
}

function full(what: string, said: string, { host }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "DISK_FULL",
    message: `could not ${what}: there is no room left at ${host} (${said})`,
    hint: "empty its trash, or remove old snapshots with: holdfast forget --keep-last 10 --prune",
  });
}

function passing(response: HttpResponse, what: string, said: string, context: ErrorContext): HoldfastError {
  const { host } = context;
  if (response.status === 423)
    return unreachable(
      `could not ${what}: ${host} keeps it locked (${said})`,
      "another program is at work on it; try again later",
    );
  if (isBlocked(response)) {
    return unreachable(
      `could not ${what}: ${host} takes no more requests for now, as there were too many (${said})`,
      "wait half an hour, and save less often; 600 requests in 30 minutes are free at Jianguoyun",
    );
  }
  if (isLoginLock(response)) {
    return unreachable(
      `could not ${what}: ${host} takes no logins for now (${said})`,
      `check ${WEBDAV_VARIABLES.password}, and wait an hour before the next attempt`,
    );
  }
  return unreachable(`could not ${what}: ${host} answered with ${said}`);
}

/** Jianguoyun has counted too many requests, and opens again when half an hour is over. */
export function isBlocked(response: HttpResponse): boolean {
  return response.status === 503 && /BlockedTemporarily/i.test(textOf(response));
}

/** Koofr and Nextcloud have seen too many wrong passwords. */
export function isLoginLock(response: HttpResponse): boolean {
  return response.status === 429 && /login/i.test(textOf(response));
}
