import type { Cookie, CookieJar, OriginStorage } from "../cookie.ts";
import {
  type Entry,
  entriesOf,
  isObject,
  list,
  optionalFlag,
  optionalText,
  parseJson,
  text,
  wrongField,
  wrongFile,
} from "./fields.ts";
import { canonicalOrigin } from "./host.ts";
import { protocolCookie, readProtocolCookie } from "./puppeteer.ts";
import { lastOfEach, partition } from "./rules.ts";

/*
 * `storageState` of Playwright: cookies, and localStorage for each origin. What it may hold beside them
 * (IndexedDB, files of origins) is left where it is.
 */

/** Reads a storage state. */
export function parsePlaywright(file: string): CookieJar {
  const json = parseJson(file, "the storage state");
  if (!isObject(json)) throw wrongFile("the storage state must be an object with 'cookies' and 'origins'");
  const state: Entry = { place: "the storage state", fields: json };
  return {
    cookies: lastOfEach(entriesOf(list(state, "cookies"), "cookie").map(readCookie)),
    localStorage: entriesOf(list(state, "origins"), "origin")
      .map(readOrigin)
      .filter(({ items }) => items.length > 0),
  };
}

/**
 * Writes a storage state. Playwright takes a cookie without `sameSite` as one whose site did not say, although
 * it calls such a cookie "Lax" when it writes one itself.
 */
export function formatPlaywright({ cookies, localStorage }: CookieJar): string {
  const origins = localStorage.map(({ origin, items }) => ({
    origin,
    localStorage: items.map(({ name, value }) => ({ name, value })),
  }));
  return `${JSON.stringify({ cookies: cookies.map(playwrightCookie), origins }, null, 2)}\n`;
}

function readCookie(entry: Entry): Cookie {
  const site = optionalText(entry, "partitionKey") ?? "";
  const said = optionalFlag(entry, "_crHasCrossSiteAncestor");
  return readProtocolCookie(entry, (host) => ({
    partition: site === "" ? null : partition(entry.place, "partitionKey", site, said, host),
  }));
}

function playwrightCookie(cookie: Cookie): Record<string, unknown> {
  const { partition: part } = cookie;
  return {
    ...protocolCookie(cookie),
    ...(part !== null && {
      partitionKey: part.topLevelSite,
      _crHasCrossSiteAncestor: part.hasCrossSiteAncestor,
    }),
  };
}

function readOrigin(entry: Entry): OriginStorage {
  const origin = canonicalOrigin(text(entry, "origin"));
  if (origin === null) throw wrongField(entry.place, "origin", "an origin, such as https://example.com");
  const items = entriesOf(list(entry, "localStorage"), `${entry.place}, item`);
  return {
    origin,
    items: items.map((item) => ({ name: text(item, "name"), value: text(item, "value") })),
  };
}
