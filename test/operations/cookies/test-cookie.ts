import type { Cookie } from "../../../src/browser/cookie.ts";

/** A cookie with nothing special, but for what is given. */
export function testCookie(given: Partial<Cookie>): Cookie {
  return {
    name: "session",
    value: "secret-value",
    host: "example.com",
    hostOnly: true,
    path: "/",
    expiresMs: Date.now() + 30 * 24 * 3600 * 1000,
    secure: true,
    httpOnly: true,
    sameSite: "lax",
    partition: null,
    container: 0,
    sourceScheme: "https",
    sourcePort: 443,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
    ...given,
  };
}
