import type { Cookie } from "../cookie.ts";
import { isDead } from "../cookie-rules.ts";
import { isWithinSite } from "../site.ts";
import { candidateSites, openOrigins } from "./bidi-sites.ts";
import { type BiDiCookie, fromBiDi, isAscii, toBiDi, waysToSend } from "./bidi-cookie.ts";
import type { JsonSocket } from "./json-socket.ts";
import { cookieRefused } from "./refused.ts";

/** A part of the cookies: a container, and perhaps a site whose partition it is. */
interface Part {
  /** Its number; 0 outside of containers. */
  readonly container: number;
  readonly userContext: string;
}

/**
 * All cookies of a Firefox that runs. BiDi does not say which partition a cookie is in, so the partitions of
 * the sites that have cookies or pages are asked for. What cannot be seen that way: a cookie that a
 * site has in its own partition counts as not partitioned. Containers are numbered as Firefox lists them.
 */
export async function readBiDiCookies(socket: JsonSocket): Promise<readonly Cookie[]> {
  const origins = await openOrigins(socket);
  const cookies: Cookie[] = [];
  const parts: { readonly part: Part; readonly all: readonly BiDiCookie[] }[] = [];
  for (const part of await partsOf(socket)) parts.push({ part, all: await getCookies(socket, part, null) });
  const hosts = parts.flatMap(({ all }) => all.map(({ domain }) => domain.replace(/^\./, "")));
  const sites = candidateSites(hosts, origins);
  for (const { part, all } of parts) {
    const partitioned = all.length === 0 ? [] : await readPartitions(socket, part, sites);
    const left = all.map((cookie) => fromBiDi(cookie, part.container, null));
    for (const cookie of partitioned) {
      // It was in the list of all, without its partition.
      const twin = JSON.stringify({ ...cookie, partition: null });
      const index = left.findIndex((other) => JSON.stringify(other) === twin);
      if (index >= 0) left.splice(index, 1);
      cookies.push(cookie);
    }
    cookies.push(...left);
  }
  return cookies;
}

/**
 * Puts cookies into a Firefox that runs.
 *
 * @throws HoldfastError `COOKIE_FILE` when it refuses some; all others are in it then
 */
export async function writeBiDiCookies(socket: JsonSocket, cookies: readonly Cookie[]): Promise<void> {
  const parts = await partsOf(socket);
  const nowMs = Date.now();
  const refused: Cookie[] = [];
  for (const cookie of cookies) {
    const part = parts.find(({ container }) => container === cookie.container);
    const isSet = part !== undefined && (await trySet(socket, part, cookie, nowMs));
    if (!isSet) refused.push(cookie);
  }
  if (refused.length > 0) throw cookieRefused(refused);
}

async function partsOf(socket: JsonSocket): Promise<readonly Part[]> {
  const { userContexts } = await socket.request("browser.getUserContexts", {});
  const names = (userContexts as readonly { userContext: string }[]).map(({ userContext }) => userContext);
  const containers = names.filter((name) => name !== "default");
  return ["default", ...containers].map((userContext, container) => ({ userContext, container }));
}

async function getCookies(
  socket: JsonSocket,
  { userContext }: Part,
  site: string | null,
): Promise<readonly BiDiCookie[]> {
  const origin = site === null ? {} : { sourceOrigin: site };
  const partition = { type: "storageKey", userContext, ...origin };
  const { cookies } = await socket.request("storage.getCookies", { partition });
  return cookies as readonly BiDiCookie[];
}

/** What is in the partitions of the sites; short names come first. */
async function readPartitions(
  socket: JsonSocket,
  part: Part,
  sites: readonly string[],
): Promise<readonly Cookie[]> {
  const answers = new Map<string, string>();
  const cookies: Cookie[] = [];
  for (const site of sites) {
    const answer = await getCookies(socket, part, site);
    if (answer.length === 0) continue;
    const text = JSON.stringify(answer);
    const { protocol, hostname } = new URL(site);
    // A host in a site gets the same answer as the site, whose name is the one of the partition.
    const isKnown = [...answers].some(
      ([other, same]) => same === text && other.startsWith(protocol) && isWithinSite(hostname, other),
    );
    if (isKnown) continue;
    answers.set(site, text);
    cookies.push(...withinPartition(answer, site).map((cookie) => fromBiDi(cookie, part.container, site)));
  }
  return cookies;
}

/**
 * The answer for a site holds the site's own cookies first, then those in its partition. A host of
 * another site is in the partition, and so is the second of two with one name.
 */
function withinPartition(cookies: readonly BiDiCookie[], site: string): readonly BiDiCookie[] {
  const seen = new Set<string>();
  return cookies.filter(({ name, domain, path }) => {
    const key = JSON.stringify([name, domain, path]);
    const isSecond = seen.has(key);
    seen.add(key);
    return isSecond || !isWithinSite(domain.replace(/^\./, ""), site);
  });
}

async function trySet(socket: JsonSocket, part: Part, cookie: Cookie, nowMs: number): Promise<boolean> {
  const site = cookie.partition === null ? {} : { sourceOrigin: cookie.partition.topLevelSite };
  const partition = { type: "storageKey", userContext: part.userContext, ...site };
  const domain = cookie.hostOnly ? cookie.host : `.${cookie.host}`;
  const filter = { name: cookie.name, domain, path: cookie.path };
  try {
    if (isDead(cookie, nowMs)) {
      await socket.request("storage.deleteCookies", { filter, partition });
      return true;
    }
    for (const value of waysToSend(cookie.value)) {
      await socket.request("storage.setCookie", { cookie: { ...toBiDi(cookie, domain), value }, partition });
      if (isAscii(cookie.value) || (await hasValue(socket, part, cookie, domain))) return true;
    }
    // Neither went through whole: better none than a wrong one.
    await socket.request("storage.deleteCookies", { filter, partition });
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code === "FAILED") return false;
    throw error;
  }
}

async function hasValue(
  socket: JsonSocket,
  { userContext, container }: Part,
  { name, path, value }: Cookie,
  domain: string,
): Promise<boolean> {
  const partition = { type: "storageKey", userContext };
  const answer = await socket.request("storage.getCookies", { filter: { name, domain, path }, partition });
  const cookies = answer["cookies"] as readonly BiDiCookie[];
  return cookies.some((cookie) => fromBiDi(cookie, container, null).value === value);
}
