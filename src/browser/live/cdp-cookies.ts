import type { Cookie } from "../cookie.ts";
import { isDead } from "../cookie-rules.ts";
import { withoutPort } from "../site.ts";
import type { Json, JsonSocket } from "./json-socket.ts";
import { cookieRefused } from "./refused.ts";

/** Commands with many cookies at once; a browser has a few thousand. */
const BATCH = 200;

/** The fields of `Network.Cookie` that are used. */
interface CdpCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  /** Seconds since 1970; -1 for a session cookie. */
  readonly expires: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly session: boolean;
  readonly sameSite?: string;
  readonly priority?: string;
  readonly sourceScheme?: string;
  readonly sourcePort?: number;
  readonly partitionKey?: { readonly topLevelSite: string; readonly hasCrossSiteAncestor: boolean };
}

const SAME_SITE = { none: "None", lax: "Lax", strict: "Strict" } as const;
const PRIORITY = { low: "Low", medium: "Medium", high: "High" } as const;

/** All cookies of a Chromium that runs, outside of incognito windows. */
export async function readCdpCookies(socket: JsonSocket): Promise<readonly Cookie[]> {
  const { cookies } = await socket.request("Storage.getCookies", {});
  return (cookies as readonly CdpCookie[]).map(fromCdp);
}

/**
 * Puts cookies into a Chromium that runs.
 *
 * @throws HoldfastError `COOKIE_FILE` when it refuses some; all others are in it then
 */
export async function writeCdpCookies(socket: JsonSocket, cookies: readonly Cookie[]): Promise<void> {
  const refused: Cookie[] = [];
  for (let from = 0; from < cookies.length; from += BATCH) {
    const batch = cookies.slice(from, from + BATCH);
    if (await trySet(socket, batch)) continue;
    // One refused cookie keeps out the whole batch.
    for (const cookie of batch) if (!(await trySet(socket, [cookie]))) refused.push(cookie);
  }
  refused.push(...(await missing(socket, cookies)));
  if (refused.length > 0) throw cookieRefused([...new Set(refused)]);
}

/** Chromium drops some of what it does not like without a word. */
async function missing(socket: JsonSocket, cookies: readonly Cookie[]): Promise<readonly Cookie[]> {
  const kept = new Set((await readCdpCookies(socket)).map(({ name, host }) => `${host} ${name}`));
  const nowMs = Date.now();
  return cookies.filter((cookie) => !isDead(cookie, nowMs) && !kept.has(`${cookie.host} ${cookie.name}`));
}

async function trySet(socket: JsonSocket, cookies: readonly Cookie[]): Promise<boolean> {
  try {
    await socket.request("Storage.setCookies", { cookies: cookies.map((cookie) => toCdp(cookie)) });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "FAILED") return false;
    throw error;
  }
}

function fromCdp(cookie: CdpCookie): Cookie {
  const partition = cookie.partitionKey;
  const port = cookie.sourcePort ?? -1;
  return {
    name: cookie.name,
    value: cookie.value,
    host: cookie.domain.replace(/^\./, ""),
    hostOnly: !cookie.domain.startsWith("."),
    path: cookie.path,
    expiresMs: cookie.session || cookie.expires < 0 ? null : Math.round(cookie.expires * 1000),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: keyOf(SAME_SITE, cookie.sameSite),
    partition:
      partition === undefined
        ? null
        : {
            topLevelSite: partition.topLevelSite,
            hasCrossSiteAncestor: partition.hasCrossSiteAncestor,
          },
    container: 0,
    sourceScheme: keyOf({ https: "Secure", http: "NonSecure" } as const, cookie.sourceScheme),
    sourcePort: port > 0 ? port : null,
    priority: keyOf(PRIORITY, cookie.priority) ?? "medium",
    createdMs: null,
    lastAccessMs: null,
  };
}

function keyOf<Name extends string>(
  names: Readonly<Record<Name, string>>,
  value: string | undefined,
): Name | null {
  return (Object.keys(names) as Name[]).find((name) => names[name] === value) ?? null;
}

function toCdp(cookie: Cookie): Json {
  // One that has ended removes what the browser has.
  const expires = cookie.expiresMs === null ? {} : { expires: Math.max(cookie.expiresMs, 1) / 1000 };
  return {
    name: cookie.name,
    value: cookie.value,
    // Without a domain the cookie is for the host of the URL only. Its scheme decides about Secure, too.
    url: `${cookie.secure ? "https" : "http"}://${cookie.host}${cookie.path}`,
    ...(cookie.hostOnly ? {} : { domain: `.${cookie.host}` }),
    path: cookie.path,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    // Chromium has no `None` without Secure, and would drop the cookie.
    ...(cookie.sameSite === null || (cookie.sameSite === "none" && !cookie.secure)
      ? {}
      : { sameSite: SAME_SITE[cookie.sameSite] }),
    ...expires,
    priority: PRIORITY[cookie.priority],
    sourceScheme: sourceSchemeOf(cookie),
    sourcePort: cookie.sourcePort ?? -1,
    ...(cookie.partition === null
      ? {}
      : {
          partitionKey: {
            topLevelSite: withoutPort(cookie.partition.topLevelSite),
            hasCrossSiteAncestor: cookie.partition.hasCrossSiteAncestor,
          },
        }),
  };
}

function sourceSchemeOf({ sourceScheme, secure }: Cookie): string {
  // A secure cookie of a connection that was not is refused, though pages of this machine may set one.
  if (sourceScheme === null || (secure && sourceScheme === "http")) return "Unset";
  return sourceScheme === "https" ? "Secure" : "NonSecure";
}
