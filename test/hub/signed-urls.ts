import { createHmac } from "node:crypto";
import { HubError } from "./hub-error.ts";

/** Adds a time and a signature to an address, as storage clouds do. */
export function sign(url: string, secret: string, expiresMs: number): string {
  const signed = new URL(url);
  signed.searchParams.set("Expires", String(Math.floor(expiresMs / 1000)));
  signed.searchParams.set("Signature", signatureOf(signed, secret));
  return signed.href;
}

/** @throws {HubError} 403 when the address was not signed here, or only until a time that is past */
export function checkSigned(url: URL, secret: string, nowMs: number): void {
  const signature = url.searchParams.get("Signature");
  const unsigned = new URL(url);
  unsigned.searchParams.delete("Signature");
  if (signature !== signatureOf(unsigned, secret))
    throw new HubError(403, "The request signature we calculated does not match");
  if (Number(url.searchParams.get("Expires")) * 1000 <= nowMs) throw new HubError(403, "Request has expired");
}

/** Of the path and the time; the origin may be named in several ways. */
function signatureOf(url: URL, secret: string): string {
  const signed = `${url.pathname}?${url.searchParams.toString()}`;
  return createHmac("sha256", secret).update(signed).digest("base64url");
}
