import { HoldfastError } from "../../base/errors.ts";

/** What an origin answers while its storage is filled. */
export const BLANK_PAGE = "<!doctype html><title>Holdfast</title>";

/** Nothing more is loaded, and nothing of it is kept. */
export const BLANK_PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'",
  "cache-control": "no-store",
};

/** The browser does not let the storage of an origin be filled. */
export function storageRefused(origin: string): HoldfastError {
  return new HoldfastError({
    code: "FAILED",
    message: `the browser did not take the localStorage of ${origin}`,
    hint: "it may be too large, or the browser sends the site to another address; leave the site out",
  });
}
