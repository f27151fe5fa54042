import * as fc from "fast-check";
import type { Cookie, CookieJar, CookiePartition, OriginStorage } from "../../src/browser/cookie.ts";

/*
 * Cookies that a browser can hold: every kind of name, host, end, partition and container, and nothing that
 * browsers refuse to take.
 */

/** Hosts with the site they belong to; names in other scripts as browsers write them. */
const HOSTS: readonly (readonly [host: string, site: string])[] = [
  ["example.com", "https://example.com"],
  ["www.example.com", "https://example.com"],
  ["a.b.c.example.co.uk", "https://example.co.uk"],
  ["xn--bcher-kva.example", "https://xn--bcher-kva.example"],
  ["login.xn--fiqs8s", "https://login.xn--fiqs8s"],
  ["under_score.example.org", "https://example.org"],
  ["localhost", "http://localhost"],
  ["127.0.0.1", "http://127.0.0.1"],
  ["[::1]", "http://[::1]"],
];
const SITES = [...new Set(HOSTS.map(([, site]) => site))];
/** Addresses and names that are a suffix themselves: browsers do not take a cookie for all below them. */
const NO_SUBDOMAINS: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

const oneOf = (characters: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(characters));
const letters = oneOf("abcXYZ019!#$%&'*+-.^_`|~");
const valueUnits = fc.oneof(
  { weight: 8, arbitrary: oneOf("abcXYZ019%=&+/,:\"'\\<>()[]{}?@!*~^|-_.") },
  { weight: 1, arbitrary: fc.constantFrom("é", "ß", "中", "文", "🍪", "‮", "\u0085") },
);
const inner = fc.string({ unit: valueUnits, maxLength: 40 });
/** Spaces inside are kept by browsers, those at the ends are not. */
const anyValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: inner },
  { weight: 1, arbitrary: inner.map((text) => `"${text}"`) },
  { weight: 1, arbitrary: fc.tuple(inner, inner).map(([a, b]) => `x${a} ${b}x`) },
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.nat(3900).map((length) => "v".repeat(length)) },
);
const anyName = fc.string({ unit: letters, minLength: 1, maxLength: 20 });
/** Without '.' and '..' between slashes: browsers resolve them. */
const anyPath = fc.oneof(
  { weight: 3, arbitrary: fc.constant("/") },
  fc
    .string({ unit: fc.constantFrom("a", "b", "/", "a.b", "_", "-", "%20"), maxLength: 20 })
    .map((text) => `/${text}`),
);

/** Milliseconds since 1970 (UTC) of the ends that cookies have. */
const anyExpiry: fc.Arbitrary<number | null> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  // The next years, whole seconds and parts of them.
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((s) => s * 1000) },
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }) },
  // Long over, and in another age.
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1_000_000_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 999, 1000, 253_402_300_799_000, 2_147_483_648_000) },
);
const anyTime = fc.option(fc.integer({ min: 1_000_000_000_000, max: 1_900_000_000_000 }), { nil: null });

const anyPartition: fc.Arbitrary<CookiePartition> = fc.record({
  topLevelSite: fc.constantFrom(...SITES),
  hasCrossSiteAncestor: fc.boolean(),
});

/** What a name says about a cookie, and what follows from it. */
type Prefix = "" | "__Secure-" | "__Host-" | "__secure-" | "__HOST-";

const parts = fc.record({
  prefix: fc.constantFrom<Prefix>("", "", "", "", "__Secure-", "__Host-", "__secure-", "__HOST-"),
  name: anyName,
  nameless: fc.nat(30).map((roll) => roll === 0),
  value: anyValue,
  place: fc.constantFrom(...HOSTS),
  hostOnly: fc.boolean(),
  path: anyPath,
  expiresMs: anyExpiry,
  secure: fc.boolean(),
  httpOnly: fc.boolean(),
  sameSite: fc.constantFrom("none" as const, "lax" as const, "strict" as const, null),
  partition: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, anyPartition),
  container: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 17),
  sourceScheme: fc.constantFrom("http" as const, "https" as const, null),
  sourcePort: fc.constantFrom(80, 443, 3000, 65_535, null),
  priority: fc.constantFrom("low" as const, "medium" as const, "high" as const),
  createdMs: anyTime,
  lastAccessMs: anyTime,
});
type Parts = typeof parts extends fc.Arbitrary<infer Value> ? Value : never;

/** Any cookie that a browser can hold. */
export const anyCookie: fc.Arbitrary<Cookie> = parts.map(assemble);

/** Cookies, none of which takes the place of another. */
export function someCookies(maxLength: number): fc.Arbitrary<readonly Cookie[]> {
  return fc.uniqueArray(anyCookie, { maxLength, selector: identity });
}

const anyText = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 20 }));

const anyStorage: fc.Arbitrary<OriginStorage> = fc.record({
  origin: fc.constantFrom(...SITES, "http://127.0.0.1:3000", "https://app.example.com:8443"),
  items: fc.uniqueArray(fc.record({ name: anyText, value: anyText }), {
    minLength: 1,
    maxLength: 5,
    selector: ({ name }) => name,
  }),
});

/** A jar with localStorage of a few origins. */
export const anyJar: fc.Arbitrary<CookieJar> = fc.record({
  cookies: someCookies(8),
  localStorage: fc.uniqueArray(anyStorage, { maxLength: 3, selector: ({ origin }) => origin }),
});

/** Makes the parts agree: a prefix, a partition and "none" need a secure cookie, an address has no subdomains. */
function assemble({ prefix, nameless, place, ...plain }: Parts): Cookie {
  const [host] = place;
  const isHost = prefix.toLowerCase() === "__host-";
  // Without a name there has to be a value, which may not look like a name and a value.
  const isNameless = nameless && prefix === "" && plain.value !== "" && !plain.value.includes("=");
  const secure = plain.secure || prefix !== "" || plain.partition !== null || plain.sameSite === "none";
  return {
    ...plain,
    name: isNameless ? "" : prefix + plain.name,
    host,
    hostOnly: plain.hostOnly || isHost || NO_SUBDOMAINS.has(host),
    path: isHost ? "/" : plain.path,
    secure,
    // Browsers do not let an insecure connection set a secure cookie.
    sourceScheme: secure && plain.sourceScheme === "http" ? "https" : plain.sourceScheme,
  };
}

/** What browsers tell cookies apart by. */
function identity(cookie: Cookie): string {
  const { name, host, hostOnly, path, partition, container } = cookie;
  return JSON.stringify([name, host, hostOnly, path, partition, container]);
}
