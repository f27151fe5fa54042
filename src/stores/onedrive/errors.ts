import { HoldfastError } from "../../base/errors.ts";
import { type HttpResponse, jsonOf } from "../http/exchange.ts";

/** Statuses after which the same request may succeed. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 423, 425, 429, 500, 502, 503, 504, 509]);

/** The name of what is wrong, in the words of Microsoft Graph; '' when it gives none. */
export function graphCodeOf(response: HttpResponse): string {
  const body = jsonOf(response) as { readonly error?: { readonly code?: unknown } } | null;
  const code = body?.error?.code;
  return typeof code === "string" && /^\w{1,80}$/.test(code) ? code : "";
}

/**
 * An answer that is not the one hoped for, as an error. What Graph says in words is left out: it may quote
 * addresses that are signed.
 *
 * @param what what could not be done, to follow "could not"
 */
export function graphError(response: HttpResponse, what: string, writes: boolean): HoldfastError {
  const { status } = response;
  const code = graphCodeOf(response);
  const said = code === "" ? `status ${status}` : `status ${status}: ${code}`;
  if (status === 507 || /quota/i.test(code)) {
    return new HoldfastError({
      code: "DISK_FULL",
      message: `could not ${what}: the OneDrive has no storage left (${said})`,
      hint: "free some with: holdfast forget --prune; then empty the recycle bin of OneDrive, which counts too",
    });
  }
  if (status === 401) {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `could not ${what}: OneDrive does not accept a token that it has just given (${said})`,
      hint: "sign in again with: holdfast init onedrive; and look whether the clock of this machine is right",
    });
  }
  if (status === 403) {
    return new HoldfastError({
      code: writes ? "STORE_READ_ONLY" : "STORE_AUTH",
      message: `could not ${what}: OneDrive does not allow it (${said})`,
      hint: "an account that is over its storage is frozen: look at https://onedrive.com; the app needs Files.ReadWrite.AppFolder",
    });
  }
  if (status === 404) return new HoldfastError({ code: "NOT_FOUND", message: `could not ${what}: ${said}` });
  if (status === 429 || status >= 500 || PASSING.has(status)) return mayPass(`could not ${what}: ${said}`);
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: OneDrive answered with ${said}`,
    hint: "if it does so again, it may have changed: look for a newer version of holdfast",
  });
}

/** What may be otherwise a moment later. */
export function mayPass(message: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message,
    hint: "try again later; the state of OneDrive is shown at https://portal.office.com/servicestatus",
  });
}
