import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { HoldfastError } from "../../base/errors.ts";
import type { Cookie } from "../cookie.ts";
import { ANY_SCHEME, sameSiteFromNumber, sameSiteNumber, schemeMapOf, schemeOf } from "./firefox-rows.ts";
import { decodeMozLz4, encodeMozLz4 } from "./lz4.ts";
import { formatSuffix, originAttributesOf, partitionOf } from "./origin-attributes.ts";
import { databaseError, profileDamaged } from "./sqlite-errors.ts";

/** In the order in which Firefox tries them: after a clean end, while it runs, and their predecessors. */
const PLACES = [
  "sessionstore.jsonlz4",
  join("sessionstore-backups", "recovery.jsonlz4"),
  join("sessionstore-backups", "recovery.baklz4"),
];
/** A session with many tabs has some MB. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The part of a session that matters here; the rest is kept as it is. */
interface Session {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A cookie as Firefox keeps it in its session: what has the usual value is left out. */
interface StoredCookie {
  readonly host: string;
  readonly value: string;
  readonly name?: string;
  readonly path?: string;
  readonly secure?: boolean;
  readonly httponly?: boolean;
  readonly sameSite?: number;
  readonly schemeMap?: number;
  readonly isPartitioned?: boolean;
  readonly originAttributes?: { readonly userContextId?: number; readonly partitionKey?: string };
}

/**
 * The session cookies of a Firefox profile, which are not in its database; none when it has no session.
 *
 * @throws HoldfastError `PROFILE_DAMAGED` when every session that it has is damaged
 */
export async function readSessionCookies(profile: string): Promise<readonly Cookie[]> {
  const session = await readSession(profile);
  return session === null ? [] : storedCookies(session).map(fromStored);
}

/**
 * Prepares a change of the session cookies: `cookies` take the place of those with the same name, host,
 * path, container and partition. What does not end with the session only removes. Nothing is written
 * before `commit`, which replaces the file as a whole; `discard` drops the change.
 */
export async function changeSessionCookies(
  profile: string,
  cookies: readonly Cookie[],
): Promise<{ commit(): Promise<void>; discard(): Promise<void> }> {
  const session = (await readSession(profile)) ?? emptySession(profile);
  const kept = new Map(storedCookies(session).map((stored) => [keyOf(fromStored(stored)), stored]));
  const before = kept.size;
  let changed = false;
  for (const cookie of cookies) {
    changed = kept.delete(keyOf(cookie)) || changed;
    if (cookie.expiresMs === null) kept.set(keyOf(cookie), toStored(cookie));
  }
  if (!changed && kept.size === before) return { commit: async () => {}, discard: async () => {} };
  const content = JSON.stringify({ ...session.content, cookies: [...kept.values()] });
  const temporary = `${session.path}.holdfast`;
  await writeWhole(temporary, encodeMozLz4(Buffer.from(content)));
  return {
    commit: async () => await rename(temporary, session.path),
    discard: async () => await rm(temporary, { force: true }),
  };
}

async function readSession(profile: string): Promise<Session | null> {
  let failure: HoldfastError | null = null;
  for (const path of PLACES.map((place) => join(profile, place))) {
    try {
      const bytes = await readFile(path);
      if (bytes.length > MAX_BYTES) throw profileDamaged(path, "it is too large");
      return { path, content: parseSession(decodeMozLz4(bytes, path), path) };
    } catch (error) {
      // A damaged one does not matter as long as its predecessor is whole.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") failure ??= databaseError(error, path);
    }
  }
  if (failure !== null) throw failure;
  return null;
}

function parseSession(bytes: Buffer, path: string): Session["content"] {
  try {
    const content: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof content === "object" && content !== null) return content as Session["content"];
  } catch {
    // What it says about the place could show a value.
  }
  throw profileDamaged(path, "it is no session of Firefox");
}

/** A session without windows: Firefox takes its cookies and opens what it opens usually. */
function emptySession(profile: string): Session {
  const content = {
    version: ["sessionrestore", 1],
    windows: [],
    selectedWindow: 0,
    _closedWindows: [],
    session: { lastUpdate: 0, startTime: 0, recentCrashes: 0 },
    global: {},
  };
  return { path: join(profile, "sessionstore.jsonlz4"), content };
}

function storedCookies({ content }: Session): StoredCookie[] {
  const list = Array.isArray(content["cookies"]) ? (content["cookies"] as unknown[]) : [];
  return list.filter((entry): entry is StoredCookie => {
    const { host, value } = (entry ?? {}) as { host?: unknown; value?: unknown };
    return typeof host === "string" && typeof value === "string";
  });
}

function fromStored(stored: StoredCookie): Cookie {
  const host = stored.host.replace(/^\./, "");
  return {
    name: stored.name ?? "",
    value: stored.value,
    host,
    hostOnly: !stored.host.startsWith("."),
    path: stored.path ?? "/",
    expiresMs: null,
    secure: stored.secure === true,
    httpOnly: stored.httponly === true,
    sameSite: sameSiteFromNumber(stored.sameSite ?? 0),
    partition: partitionOf(stored.originAttributes?.partitionKey ?? "", host),
    container: stored.originAttributes?.userContextId ?? 0,
    sourceScheme: schemeOf(stored.schemeMap ?? 0),
    sourcePort: null,
    priority: "medium",
    createdMs: null,
    lastAccessMs: null,
  };
}

function toStored(cookie: Cookie): StoredCookie {
  return {
    host: cookie.hostOnly ? cookie.host : `.${cookie.host}`,
    value: cookie.value,
    path: cookie.path,
    name: cookie.name,
    ...(cookie.secure ? { secure: true } : {}),
    ...(cookie.httpOnly ? { httponly: true } : {}),
    originAttributes: originAttributesOf(cookie),
    sameSite: sameSiteNumber(cookie.sameSite),
    schemeMap: schemeMapOf(cookie) || ANY_SCHEME,
    ...(cookie.partition === null ? {} : { isPartitioned: true }),
  };
}

function keyOf(cookie: Cookie): string {
  return JSON.stringify([
    cookie.name,
    cookie.host,
    cookie.hostOnly,
    cookie.path,
    formatSuffix(originAttributesOf(cookie)),
  ]);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(bytes);
  await file.sync();
}
