import { isIPv4 } from "node:net";

/** Longest name of a host, with a dot at its end. */
const HOST_MAX_LENGTH = 254;
const IPV6 = /^\[[\da-f:.]+\]$/i;
/** What a URL would take for something else than a part of the host. */
const NO_HOST = /[\p{Cc}\s/:@?#\\%[\]<>^|]/u;
const LABELS = /^(?:[^.]{1,63}\.)*[^.]{1,63}\.?$/;
const ORIGIN = /^[a-z][\da-z+.-]*:\/\/[^\s/?#\\]*\/?$/i;

/**
 * A host as browsers write it: lower case, `xn--` for other scripts, addresses in their usual form.
 * `null` for what is not the name of a host; a dot in front is not part of a name.
 */
export function canonicalHost(given: string): string | null {
  // A name in another script can be longer than what browsers make of it.
  if (given.length > 4 * HOST_MAX_LENGTH || (NO_HOST.test(given) && !IPV6.test(given))) return null;
  const host = URL.parse(`http://${given}/`)?.hostname ?? "";
  return host.length <= HOST_MAX_LENGTH && (host.startsWith("[") || LABELS.test(host)) ? host : null;
}

/** True for an address: it has no hosts below it. */
export function isAddress(host: string): boolean {
  return host.startsWith("[") || isIPv4(host);
}

/**
 * An origin as browsers write it, for example `https://example.com` or `http://127.0.0.1:3000`; `null` for
 * what is not one. A `/` at its end is taken away.
 */
export function canonicalOrigin(given: string): string | null {
  if (given.length > 4 * HOST_MAX_LENGTH || !ORIGIN.test(given)) return null;
  const url = URL.parse(given);
  if (url === null || url.username !== "" || url.password !== "") return null;
  // Schemes that are no place on a network have no origin in a URL: `file:`, `chrome-extension:`.
  return url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin;
}
