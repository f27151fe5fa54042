import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isHoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import type { Cookie } from "../browser/cookie.ts";
import { type BrowserKind, type BrowserProfile, findProfiles } from "../browser/find-profiles.ts";
import { type LoginContext, reportOnce } from "./login-context.ts";

/** A cookie as far as rules look at it; values are not kept. */
export interface SeenCookie extends Pick<Cookie, "name" | "host" | "hostOnly" | "expiresMs"> {
  /** Only a keyring opens it. */
  readonly isLocked: boolean;
}

/** One place with cookies. */
interface Jar {
  readonly kind: BrowserKind;
  readonly path: string;
  /** Which profile of a user-data folder; `null` for Firefox. */
  readonly inner: string | null;
}

interface Reading {
  /** How the files looked before they were read. */
  readonly look: string;
  readonly cookies: readonly SeenCookie[];
}

/** What is known from earlier calls. */
interface Memory {
  jars: readonly Jar[];
  /** Until then nobody looks for further profiles, in milliseconds of `performance.now()`. */
  searchAgainMs: number;
  readonly readings: Map<string, Reading>;
}

const memories = new WeakMap<LoginContext, Memory>();

/** Looking for profiles may take a twentieth of the time: their number changes seldom. */
const SEARCH_SHARE = 20;

/** Where each family keeps cookies, those of the session included. */
const FILES: Readonly<Record<BrowserKind, readonly string[]>> = {
  chromium: ["Cookies", join("Network", "Cookies")].flatMap(withLogs),
  firefox: [
    ...withLogs("cookies.sqlite"),
    "sessionstore.jsonlz4",
    join("sessionstore-backups", "recovery.jsonlz4"),
  ],
};

/**
 * The cookies that the running browser has when one is named, else those of all profiles of the state.
 * Cookies without a value are left out: so sites log somebody out. A profile is read again when size or time
 * of its files have changed.
 * What cannot be read gives none, and is reported where reading again will not cure it.
 */
export async function seenCookies(context: LoginContext): Promise<readonly SeenCookie[]> {
  if (context.connect !== null) return await readRunning(context.connect, context);
  const memory = memories.get(context) ?? { jars: [], searchAgainMs: 0, readings: new Map() };
  memories.set(context, memory);
  await search(memory, context.state);
  const seen: SeenCookie[] = [];
  for (const jar of memory.jars) seen.push(...(await readJar(jar, memory, context)));
  return seen;
}

async function search(memory: Memory, state: readonly string[]): Promise<void> {
  const startedMs = performance.now();
  if (startedMs < memory.searchAgainMs) return;
  const profiles: BrowserProfile[] = [];
  for (const folder of state) profiles.push(...(await findProfiles(resolve(folder))));
  memory.jars = profiles.flatMap(({ kind, path, profiles: inners }): Jar[] => {
    if (kind === "firefox") return [{ kind, path, inner: null }];
    // One whose browser has just made it has no sign of its own.
    return (inners.length === 0 ? ["Default"] : inners).map((inner) => ({ kind, path, inner }));
  });
  const endMs = performance.now();
  memory.searchAgainMs = endMs + SEARCH_SHARE * (endMs - startedMs);
}

async function readJar(
  jar: Jar,
  { readings }: Memory,
  context: LoginContext,
): Promise<readonly SeenCookie[]> {
  const { kind, path, inner } = jar;
  const folder = inner === null ? path : join(path, inner);
  const look = await lookAt(folder, FILES[kind]);
  const known = readings.get(folder);
  if (known?.look === look) return known.cookies;
  const { readProfileCookies } = await import("../browser/databases/profile.ts");
  try {
    const { jar: read, locked } = await readProfileCookies(
      inner === null ? { kind, path } : { kind, path, profiles: [inner] },
    );
    const cookies = [
      ...read.cookies.filter(({ value }) => value !== "").map(withoutValue),
      ...locked.map(({ name, host }) => ({ name, host, hostOnly: false, expiresMs: null, isLocked: true })),
    ];
    readings.set(folder, { look, cookies });
    return cookies;
  } catch (error) {
    const problem = fileError(error, `could not read the cookies of '${folder}'`);
    if (problem.retry) return [];
    reportOnce(context, problem);
    readings.set(folder, { look, cookies: [] });
    return [];
  }
}

async function readRunning(connect: string, context: LoginContext): Promise<readonly SeenCookie[]> {
  const { readBrowserCookies } = await import("../browser/live/browser.ts");
  try {
    const cookies = await readBrowserCookies(connect, { signal: context.signal });
    return cookies.filter(({ value }) => value !== "").map(withoutValue);
  } catch (error) {
    // Mostly it has not started yet.
    if (isHoldfastError(error) && !error.retry && error.code !== "CANCELLED") {
      reportOnce(context, error);
    }
    return [];
  }
}

function withoutValue({ name, host, hostOnly, expiresMs }: Cookie): SeenCookie {
  return { name, host, hostOnly, expiresMs, isLocked: false };
}

/** Identity, size and time of each file. */
async function lookAt(folder: string, files: readonly string[]): Promise<string> {
  const looks = await Promise.all(
    files.map(async (name) => {
      const stats = await stat(join(folder, name), { bigint: true }).catch(() => null);
      return stats === null ? "-" : `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
    }),
  );
  return looks.join(" ");
}

function withLogs(name: string): string[] {
  return [name, `${name}-wal`, `${name}-journal`];
}
