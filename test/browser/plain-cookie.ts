import type { Cookie } from "../../src/browser/cookie.ts";

/** A cookie as a site of today sets it, for a year; with what a test cares about. */
export function plainCookie(own: Partial<Cookie> = {}): Cookie {
  return {
    name: "id",
    value: "a1",
    host: "example.com",
    hostOnly: true,
    path: "/",
    expiresMs: Math.ceil(Date.now() / 1000) * 1000 + 300 * 24 * 3_600_000,
    secure: true,
    httpOnly: false,
    sameSite: "lax",
    partition: null,
    container: 0,
    sourceScheme: "https",
    sourcePort: 443,
    priority: "medium",
    createdMs: 1_700_000_000_000,
    lastAccessMs: 1_700_000_001_000,
    ...own,
  };
}
