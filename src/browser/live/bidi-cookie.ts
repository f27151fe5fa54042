import type { Cookie } from "../cookie.ts";
import { isWithinSite } from "../site.ts";
import type { Json } from "./json-socket.ts";

/** `network.Cookie` of WebDriver BiDi. */
export interface BiDiCookie {
  readonly name: string;
  readonly value: { readonly type: "string" | "base64"; readonly value: string };
  /** With a dot in front when hosts below it get the cookie, too. */
  readonly domain: string;
  readonly path: string;
  /** Seconds since 1970; missing for a session cookie. */
  readonly expiry?: number;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string;
}

/** A cookie as `storage.PartialCookie`, without its value. */
export function toBiDi(cookie: Cookie, domain: string): Json {
  return {
    name: cookie.name,
    domain,
    path: cookie.path,
    httpOnly: cookie.httpOnly,
    secure: cookie.secure,
    // Firefox has no `None` without Secure.
    ...(cookie.sameSite === null || (cookie.sameSite === "none" && !cookie.secure)
      ? {}
      : { sameSite: cookie.sameSite }),
    ...(cookie.expiresMs === null ? {} : { expiry: Math.round(cookie.expiresMs / 1000) }),
  };
}

/** A cookie of a container that is in the partition of `site`, or in none. */
export function fromBiDi(cookie: BiDiCookie, container: number, site: string | null): Cookie {
  const { value, sameSite, expiry } = cookie;
  const host = cookie.domain.replace(/^\./, "");
  return {
    name: cookie.name,
    value: value.type === "base64" ? Buffer.from(value.value, "base64").toString("utf8") : value.value,
    host,
    hostOnly: !cookie.domain.startsWith("."),
    path: cookie.path,
    expiresMs: expiry === undefined ? null : expiry * 1000,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: sameSite === "none" || sameSite === "lax" || sameSite === "strict" ? sameSite : null,
    partition: site === null ? null : { topLevelSite: site, hasCrossSiteAncestor: !isWithinSite(host, site) },
    container,
    sourceScheme: null,
    sourcePort: null,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
  };
}

/**
 * Firefox (153) encodes what is not ASCII twice when it comes as a string, and takes bytes for characters.
 * What it did is looked at afterwards, so that a version without these faults works as well.
 */
export function waysToSend(value: string): readonly BiDiCookie["value"][] {
  const asString = { type: "string", value } as const;
  if (isAscii(value)) return [asString];
  return [asString, { type: "base64", value: Buffer.from(value, "latin1").toString("base64") }];
}

/** Whether a text has no other characters than those of ASCII. */
export function isAscii(value: string): boolean {
  return Buffer.byteLength(value) === value.length;
}
