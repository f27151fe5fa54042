import type { CookieJar, OriginStorage } from "../cookie.ts";
import { type Entry, entriesOf, isObject, parseJson, wrongField, wrongFile } from "./fields.ts";
import { canonicalHost } from "./host.ts";
import { lastOfEach } from "./rules.ts";
import { readWebExtensionCookie, webExtensionCookie } from "./web-extension.ts";

/*
 * What CookieCloud encrypts: cookies by domain, and localStorage by the name of the host. Scheme and port of
 * an origin are not said; they are read as `https` and 443.
 */

const SCHEME = "https://";

/** Reads decrypted data. */
export function parseCookieCloudData(file: string): CookieJar {
  const json = parseJson(file, "the data of CookieCloud");
  if (!isObject(json)) throw wrongFile("the data of CookieCloud must be an object with 'cookie_data'");
  if (typeof json["encrypted"] === "string")
    throw wrongFile(
      "the data of CookieCloud is encrypted",
      "give the uuid and the password it was sent with",
    );
  const data: Entry = { place: "the data of CookieCloud", fields: json };
  const entries = Object.entries(groups(data, "cookie_data")).flatMap(([, cookies], index) => {
    if (!Array.isArray(cookies)) throw wrongFile(`domain ${index + 1} must have a list of cookies`);
    return entriesOf(cookies, `domain ${index + 1}, cookie`);
  });
  return {
    cookies: lastOfEach(entries.map(readWebExtensionCookie)),
    localStorage: Object.entries(groups(data, "local_storage_data")).map(readStorage),
  };
}

/** Writes what is to be encrypted, for a jar that fits: see {@link hostOfStorage}. */
export function formatCookieCloudData(jar: CookieJar, now: Date): string {
  const cookieData = new Map<string, Record<string, unknown>[]>();
  for (const cookie of jar.cookies) {
    const domain = cookie.hostOnly ? cookie.host : `.${cookie.host}`;
    const group = cookieData.get(domain) ?? [];
    cookieData.set(domain, group);
    group.push(webExtensionCookie(cookie, "cookiecloud"));
  }
  const storage = jar.localStorage.map(({ origin, items }) => [
    hostOfStorage(origin) ?? origin,
    Object.fromEntries(items.map(({ name, value }) => [name, value])),
  ]);
  return JSON.stringify({
    cookie_data: Object.fromEntries(cookieData),
    local_storage_data: Object.fromEntries(storage) as unknown,
    update_time: now.toISOString(),
  });
}

/** The name under which an origin is kept; `null` for one that would come back as another. */
export function hostOfStorage(origin: string): string | null {
  const host = origin.startsWith(SCHEME) ? origin.slice(SCHEME.length) : "";
  return host !== "" && canonicalHost(host) === host ? host : null;
}

/** Absent, `null` and the empty list are no groups at all. */
function groups({ place, fields }: Entry, field: string): Readonly<Record<string, unknown>> {
  const value = fields[field] ?? {};
  if (isObject(value)) return value;
  if (Array.isArray(value) && value.length === 0) return {};
  throw wrongField(place, field, "an object");
}

function readStorage([given, values]: readonly [string, unknown], index: number): OriginStorage {
  const place = `localStorage ${index + 1}`;
  const host = canonicalHost(given);
  if (host === null) throw wrongFile(`${place} must be of the name of a host`);
  if (!isObject(values)) throw wrongFile(`${place} must be an object of texts`);
  const items = Object.entries(values).map(([name, value]) => {
    if (typeof value === "string") return { name, value };
    throw wrongFile(`${place} must be an object of texts`);
  });
  return { origin: `${SCHEME}${host}`, items };
}
