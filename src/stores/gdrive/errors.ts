import { HoldfastError } from "../../base/errors.ts";
import { type HttpResponse, jsonOf } from "../http/exchange.ts";

const BUSY: ReadonlySet<string> = new Set(["rateLimitExceeded", "userRateLimitExceeded", "backendError"]);
const FULL: ReadonlySet<string> = new Set([
  "storageQuotaExceeded",
  "quotaExceeded",
  "teamDriveFileLimitExceeded",
  "myDriveHierarchyDepthLimitExceeded",
  "numChildrenInNonRootLimitExceeded",
  "activeItemCreationLimitExceeded",
]);

/** The reason in an answer, as Google names it; '' when it gives none. */
export function reasonOf(response: HttpResponse): string {
  const body = jsonOf(response) as { error?: { errors?: readonly { reason?: unknown }[] } } | null;
  const reason = body?.error?.errors?.[0]?.reason;
  return typeof reason === "string" && /^\w{1,80}$/.test(reason) ? reason : "";
}

/**
 * An answer that is not the one hoped for, as an error.
 *
 * @param what what could not be done, to follow "could not"
 */
export function driveError(response: HttpResponse, what: string, writes: boolean): HoldfastError {
  const { status } = response;
  const reason = reasonOf(response);
  const said = reason === "" ? `status ${status}` : `status ${status}: ${reason}`;
  if (FULL.has(reason)) return full(response, `could not ${what}`, said);
  if (status === 429 || status === 408 || status >= 500 || BUSY.has(reason))
    return mayPass(`could not ${what}: ${said}`);
  if (reason === "downloadQuotaExceeded" || reason === "dailyLimitExceeded") {
    return new HoldfastError({
      code: "STORE_READ_ONLY",
      message: `could not ${what}: Google Drive gives or takes no more today (${said})`,
      hint: "try again tomorrow",
    });
  }
  if (status === 401) {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `could not ${what}: Google does not accept a token that it has just given (${said})`,
      hint: "sign in again with: holdfast init gdrive; and look whether the clock of this machine is right",
    });
  }
  if (status === 403) {
    return new HoldfastError({
      code: writes ? "STORE_READ_ONLY" : "STORE_AUTH",
      message: `could not ${what}: Google Drive does not allow it (${said})`,
      hint: "switch the Google Drive API on in the project of the app; an app sees only files that it made itself",
    });
  }
  if (status === 404) return new HoldfastError({ code: "NOT_FOUND", message: `could not ${what}: ${said}` });
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: Google Drive answered with ${said}`,
    hint: "if it does so again, it may have changed: look for a newer version of holdfast",
  });
}

/** What may be otherwise a moment later. */
export function mayPass(message: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message,
    hint: "try again later; the state of Google Drive is shown at https://www.google.com/appsstatus",
  });
}

function full(response: HttpResponse, failed: string, said: string): HoldfastError {
  const isServiceAccount = /service account/i.test(Buffer.from(response.bytes).toString("utf8"));
  return new HoldfastError({
    code: "DISK_FULL",
    message: isServiceAccount
      ? `${failed}: a service account has no storage of its own (${said})`
      : `${failed}: the Google Drive has no storage left (${said})`,
    hint: isServiceAccount
      ? "sign in as a person with: holdfast init gdrive"
      : "free some with: holdfast forget --prune; the trash of Google Drive, Gmail and Photos count too",
  });
}
