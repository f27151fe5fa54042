import type { Cookie, CookieJar } from "../../src/browser/cookie.ts";
import type { CookieFormat } from "../../src/browser/formats/fitting.ts";

/*
 * What is left of a jar that goes through a file, written down for each format on its own, without a look at
 * the code that writes it. docs/cookie-formats.md says the same in a table.
 */

const wholeSeconds = (ms: number | null): number | null =>
  ms === null ? null : Math.max(1, Math.floor(ms / 1000)) * 1000;

/** No format says when a cookie was made and used. */
const withoutTimes = (cookie: Cookie): Cookie => ({ ...cookie, createdMs: null, lastAccessMs: null });

/** Neither do most say what set it, and how much it matters. */
const withoutSource = (cookie: Cookie): Cookie => ({
  ...withoutTimes(cookie),
  sourceScheme: null,
  sourcePort: null,
  priority: "medium",
});

const asLine = (cookie: Cookie): Cookie => ({
  ...withoutSource(cookie),
  sameSite: null,
  expiresMs: wholeSeconds(cookie.expiresMs),
});

const isHttpsOfDefaultPort = (origin: string): boolean => /^https:\/\/[^:]+$/.test(origin);

const outsideContainers = ({ container }: Cookie): boolean => container === 0;

/** The jar that comes back. */
export const PROJECTIONS: Readonly<Record<CookieFormat, (jar: CookieJar) => CookieJar>> = {
  playwright: ({ cookies, localStorage }) => ({
    cookies: cookies.filter(outsideContainers).map(withoutSource),
    localStorage,
  }),
  puppeteer: ({ cookies }) => ({
    cookies: cookies.filter(outsideContainers).map(withoutTimes),
    localStorage: [],
  }),
  "cookie-editor": ({ cookies }) => ({
    cookies: cookies.map(withoutSource),
    localStorage: [],
  }),
  "edit-this-cookie": ({ cookies }) => ({
    cookies: cookies.map(withoutSource),
    localStorage: [],
  }),
  netscape: ({ cookies }) => ({
    cookies: cookies
      .filter(({ partition, container, value }) => !partition && container === 0 && !value.includes("\t"))
      .map(asLine),
    localStorage: [],
  }),
  cookiecloud: ({ cookies, localStorage }) => ({
    cookies: byDomain(cookies.map(withoutSource)),
    localStorage: localStorage.filter(({ origin }) => isHttpsOfDefaultPort(origin)),
  }),
};

/** CookieCloud keeps cookies by domain, in the order in which the domains come first. */
function byDomain(cookies: readonly Cookie[]): readonly Cookie[] {
  const domains = [...new Set(cookies.map(domainOf))];
  return domains.flatMap((domain) => cookies.filter((cookie) => domainOf(cookie) === domain));
}

function domainOf({ host, hostOnly }: Cookie): string {
  return `${hostOnly ? "" : "."}${host}`;
}
