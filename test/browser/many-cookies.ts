import * as fc from "fast-check";
import type { Cookie } from "../../src/browser/cookie.ts";
import { isWithinSite } from "../../src/browser/site.ts";
import { anyCookie } from "./arbitrary-cookies.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Browsers shorten what lasts longer than 400 days from the moment they see it. */
const LONG_MS = 399 * DAY_MS;
/** What is about to end could do so while the test runs. */
const SOON_MS = DAY_MS;

/**
 * Generated cookies that one browser can hold at once: browsers keep 180 for a site and 10 KB in a
 * partition of it, so that each gets a site of its own. The sites whose partitions are used have a cookie, too.
 */
export function manyCookies(count: number, seed: number): readonly Cookie[] {
  const made = fc.sample(anyCookie, { numRuns: count, seed }).map(spread);
  const sites = new Set(
    made.flatMap(({ partition }) => (partition === null ? [] : [partition.topLevelSite])),
  );
  const anchors = [...sites].map((site) => anchor(new URL(site).hostname));
  return [...made, ...anchors];
}

function anchor(host: string): Cookie {
  return {
    name: "anchor",
    value: "x",
    host,
    hostOnly: true,
    path: "/",
    expiresMs: null,
    secure: false,
    httpOnly: false,
    sameSite: null,
    partition: null,
    container: 0,
    sourceScheme: "http",
    sourcePort: null,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
  };
}

function spread(cookie: Cookie, index: number): Cookie {
  const { partition, host } = cookie;
  const spreadHost = ownHost(host, index + 1);
  const isOwn = partition !== null && isWithinSite(host, partition.topLevelSite);
  return {
    ...cookie,
    host: spreadHost,
    // Names without a dot and addresses have no hosts below them.
    hostOnly: cookie.hostOnly || host === "localhost",
    // As URLs have it: browsers take no other.
    path: new URL(`http://localhost${cookie.path.replaceAll("%", "")}`).pathname,
    partition:
      partition === null
        ? null
        : {
            topLevelSite: isOwn ? ownSite(partition.topLevelSite, index + 1) : partition.topLevelSite,
            hasCrossSiteAncestor: partition.hasCrossSiteAncestor || !isOwn,
          },
    container: cookie.container > 4 ? 3 : cookie.container,
  };
}

function ownSite(site: string, index: number): string {
  const { protocol, hostname } = new URL(site);
  return `${protocol}//${ownHost(hostname, index)}`;
}

function ownHost(host: string, index: number): string {
  if (host === "localhost") return `h${index}.localhost`;
  if (host === "127.0.0.1") return `127.1.${index >> 8}.${index & 255}`;
  if (host === "[::1]") return `[fe80::${(index + 16).toString(16)}]`;
  const labels = host.split(".");
  const at = Math.max(labels.indexOf("example"), 0);
  return labels.with(at, `${labels[at] ?? ""}-${index}`).join(".");
}

/** What both sides of a comparison have in common, by cookie, in an order that does not matter. */
export function comparable(
  cookies: readonly Cookie[],
  nowMs: number,
  project: (cookie: Cookie) => Partial<Cookie>,
): Record<string, unknown> {
  const living = cookies.filter(({ expiresMs }) => expiresMs === null || expiresMs > nowMs + SOON_MS);
  return Object.fromEntries(
    living.map((cookie) => {
      const { name, host, hostOnly, path, expiresMs, partition, ...rest } = { ...cookie, ...project(cookie) };
      const key = [host, name, hostOnly, path, partition?.topLevelSite, rest.container].join(" ");
      const ends = expiresMs !== null && expiresMs > nowMs + LONG_MS ? "late" : expiresMs;
      return [key, { ...rest, ends, ancestor: partition?.hasCrossSiteAncestor }];
    }),
  );
}
