import { HoldfastError } from "../base/errors.ts";
import type { Cookie, CookieJar, OriginStorage } from "./cookie.ts";
import { formatCookies } from "./formats/cookie-files.ts";
import { fitJar } from "./formats/fitting.ts";

/** Whose cookies a document holds. */
export interface JarOrigin {
  readonly browser: "chromium" | "firefox";
  /** The folder of the profile below the state folder, with '/' between names; '' is the state folder. */
  readonly folder: string;
  /** Which profile in that folder, for example `Default`; `null` for Firefox. */
  readonly profile: string | null;
}

/** Cookies with everything that is known of them, and where they are from; `null` when nobody said. */
export interface JarDocument {
  readonly origin: JarOrigin | null;
  readonly jar: CookieJar;
}

const VERSION = 1;

/**
 * Cookies as a storageState of Playwright, for any program that takes one, and under a key of our own
 * once more without loss. Times of last access are left out: they change with every request, and no
 * login depends on them. The same cookies give the same bytes, in whichever order they come.
 *
 * @param isShort only what {@link parseDocument} reads, not what other programs do
 */
export function formatDocument({ origin, jar }: JarDocument, isShort = false): string {
  const cookies = jar.cookies.map(shorten).sort(byKey);
  const sorted = [...jar.localStorage].sort((a, b) => (a.origin < b.origin ? -1 : 1));
  const fitting = fitJar({ cookies, localStorage: sorted }, "playwright").jar;
  const state = JSON.parse(formatCookies(fitting, "playwright")) as object;
  const holdfast = { version: VERSION, ...origin, cookies: cookies.map(withoutUsual) };
  return `${JSON.stringify({ ...state, ...(isShort && { cookies: [] }), holdfast })}\n`;
}

/**
 * Reads what {@link formatDocument} wrote.
 *
 * @throws {HoldfastError} `COOKIE_FILE`
 */
export function parseDocument(text: string): JarDocument {
  const file = objectOf(parseJson(text), "holdfast");
  const holdfast = objectOf(file["holdfast"], "holdfast");
  if (holdfast["version"] !== VERSION) throw wrongField("version");
  const cookies = listOf(holdfast["cookies"], "cookies").map(readCookie);
  const localStorage = listOf(file["origins"], "origins").map(readOrigin);
  return { origin: readJarOrigin(holdfast), jar: { cookies, localStorage } };
}

/** What a field is when it is left out. */
const USUAL = {
  expiresMs: null,
  secure: false,
  httpOnly: false,
  sameSite: null,
  partition: null,
  container: 0,
  sourceScheme: null,
  sourcePort: null,
  priority: "medium",
  createdMs: null,
  lastAccessMs: null,
} as const satisfies Partial<Cookie>;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime: Check = (value) => value === null || Number.isFinite(value);
const isOneOf =
  (...choices: readonly unknown[]): Check =>
  (value) =>
    choices.includes(value);

/** What each field of a cookie may be; anything else is of another version. */
const FIELDS: Readonly<Record<keyof Cookie, Check>> = {
  name: isText,
  value: isText,
  host: isText,
  hostOnly: isFlag,
  path: isText,
  expiresMs: isTime,
  secure: isFlag,
  httpOnly: isFlag,
  sameSite: isOneOf(null, "none", "lax", "strict"),
  partition: isPartition,
  container: isCount,
  sourceScheme: isOneOf(null, "http", "https"),
  sourcePort: (value) => value === null || Number.isSafeInteger(value),
  priority: isOneOf("low", "medium", "high"),
  createdMs: isTime,
  lastAccessMs: isTime,
};

function shorten(cookie: Cookie): Cookie {
  return { ...cookie, lastAccessMs: null };
}

function byKey(left: Cookie, right: Cookie): number {
  const [a, b] = [left, right].map(({ host, name, path, partition, container, hostOnly }) =>
    JSON.stringify([host, name, path, partition, container, hostOnly]),
  ) as [string, string];
  return a < b ? -1 : a > b ? 1 : 0;
}

function withoutUsual(cookie: Cookie): Partial<Cookie> {
  const usual: Readonly<Record<string, unknown>> = USUAL;
  return Object.fromEntries(
    Object.entries(cookie).filter(([field, value]) => !(field in usual && usual[field] === value)),
  );
}

function readCookie(value: unknown): Cookie {
  const cookie: Readonly<Record<string, unknown>> = { ...USUAL, ...objectOf(value, "cookies") };
  for (const field of Object.keys(cookie)) if (!(field in FIELDS)) throw wrongField(field);
  for (const [field, isGood] of Object.entries(FIELDS)) if (!isGood(cookie[field])) throw wrongField(field);
  return cookie as unknown as Cookie;
}

function isPartition(value: unknown): boolean {
  if (value === null) return true;
  const { topLevelSite, hasCrossSiteAncestor, ...others } = objectOf(value, "partition");
  return isText(topLevelSite) && isFlag(hasCrossSiteAncestor) && Object.keys(others).length === 0;
}

function readOrigin(value: unknown): OriginStorage {
  const { origin, localStorage } = objectOf(value, "origins");
  if (typeof origin !== "string") throw wrongField("origin");
  const items = listOf(localStorage, "localStorage").map((item) => {
    const fields = objectOf(item, "localStorage");
    if (!isText(fields["name"]) || !isText(fields["value"])) throw wrongField("localStorage");
    return { name: String(fields["name"]), value: String(fields["value"]) };
  });
  return { origin, items };
}

function readJarOrigin(holdfast: Readonly<Record<string, unknown>>): JarOrigin | null {
  const { browser, folder, profile } = holdfast;
  if (browser === undefined) return null;
  if (browser !== "chromium" && browser !== "firefox") throw wrongField("browser");
  if (typeof folder !== "string") throw wrongField("folder");
  if (profile !== null && typeof profile !== "string") throw wrongField("profile");
  return { browser, folder, profile };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The error of the parser quotes the text: it is not kept as the cause.
    throw wrongField("holdfast");
  }
}

function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrongField(field);
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw wrongField(field);
}

function wrongField(field: string): HoldfastError {
  return new HoldfastError({
    code: "COOKIE_FILE",
    message: `the saved cookies are of another version of holdfast: the field '${field}' is not understood`,
    hint: "use the version that saved them, or a later one",
  });
}
