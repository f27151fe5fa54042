import { describe, expect, test } from "vitest";
import { formatCookies, parseCookies, recogniseFormat } from "../../src/browser/formats/cookie-files.ts";
import type { CookieFormat } from "../../src/browser/formats/fitting.ts";
import { expectCookieFile } from "./expect-cookie-file.ts";

const SECRET = "s3cr3t-value";
const PLAIN = { name: "sid", value: SECRET, domain: "example.com", path: "/", secure: true };
const EXPIRY = "seconds since 1970 up to the year 9999 (0 or -1 for a session cookie)";

/** Fields in the place of those of a good cookie, and what is said about them in each format of JSON. */
const WRONG: readonly (readonly [fields: Record<string, unknown>, said: string])[] = [
  [{ name: 7 }, "'name' must be a text"],
  [{ name: undefined }, "'name' must be a text"],
  [{ name: "a=b" }, "'name' must be a text without '=', ';' and control characters"],
  [{ name: "a\u0000b" }, "'name' must be a text without '=', ';' and control characters"],
  [{ name: "", value: "" }, "'name' must be a text that is not empty"],
  [{ value: null }, "'value' must be a text"],
  [{ value: `${SECRET};x` }, "'value' must be a text without ';' and control characters"],
  [{ value: `${SECRET}\n` }, "'value' must be a text without ';' and control characters"],
  [{ value: `${SECRET}\ud800` }, "'value' must be a text without ';' and control characters"],
  [{ value: SECRET.repeat(400) }, "'value' must be shorter: browsers take 4096 bytes with the name"],
  [{ domain: "" }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ domain: "https://example.com" }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ domain: "example.com:80" }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ domain: "a..b" }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ domain: "a b" }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ domain: "x".repeat(100_000) }, "'domain' must be the name of a host, with or without a dot in front"],
  [{ path: "account" }, "'path' must be a path that starts with '/', of at most 1024 bytes"],
  [{ path: "" }, "'path' must be a path that starts with '/', of at most 1024 bytes"],
  [{ secure: "yes" }, "'secure' must be true or false"],
  [{ httpOnly: 1 }, "'httpOnly' must be true or false"],
  [{ name: "__Secure-a", secure: false }, "'secure' must be true for a name with __Secure-"],
  [{ name: "__host-a", secure: false }, "'secure' must be true for a name with __Host-"],
  [
    { name: "__Host-a", domain: ".example.com" },
    "'domain' must be without subdomains for a name with __Host-",
  ],
  [{ name: "__Host-a", path: "/a" }, "'path' must be '/' for a name with __Host-"],
];
const WRONG_IN_EXTENSIONS: typeof WRONG = [
  [{ sameSite: "sometimes" }, "'sameSite' must be one of no_restriction, lax, strict, unspecified, none"],
  [{ expirationDate: "1800000000" }, "'expirationDate' must be a number"],
  [{ expirationDate: 1_800_000_000_000 }, `'expirationDate' must be ${EXPIRY}`],
  [{ expirationDate: -5 }, `'expirationDate' must be ${EXPIRY}`],
  [{ hostOnly: "true" }, "'hostOnly' must be true or false"],
  [{ session: 0, expirationDate: 5 }, "'session' must be true or false"],
  [{ storeId: 0 }, "'storeId' must be a text"],
  [
    { firstPartyDomain: "a.com" },
    "'firstPartyDomain' must be empty: isolation by first party is not supported",
  ],
  [{ partitionKey: "https://a.com" }, "'partitionKey' must be an object"],
];
const WRONG_IN_PROTOCOL: typeof WRONG = [
  [{ sameSite: "Sometimes" }, "'sameSite' must be one of none, lax, strict, default"],
  [{ sameSite: 1 }, "'sameSite' must be one of none, lax, strict, default"],
  [{ expires: "soon" }, "'expires' must be a number"],
  [{ expires: 1_800_000_000_000 }, `'expires' must be ${EXPIRY}`],
];
const SITE = "a site, such as https://example.com";

type Case = readonly [format: CookieFormat, fields: Record<string, unknown>, said: string];
const CASES: readonly Case[] = [
  ...(["cookie-editor", "edit-this-cookie"] as const).flatMap((format) =>
    [...WRONG, ...WRONG_IN_EXTENSIONS].map(([fields, said]): Case => [format, fields, `cookie 2: ${said}`]),
  ),
  ...(["playwright", "puppeteer"] as const).flatMap((format) =>
    [...WRONG, ...WRONG_IN_PROTOCOL].map(([fields, said]): Case => [format, fields, `cookie 2: ${said}`]),
  ),
  ...[...WRONG, ...WRONG_IN_EXTENSIONS].map(([fields, said]): Case => [
    "cookiecloud",
    fields,
    `domain 1, cookie 2: ${said}`,
  ]),
  ["playwright", { partitionKey: 1 }, "cookie 2: 'partitionKey' must be a text"],
  ["playwright", { partitionKey: "a.com" }, `cookie 2: 'partitionKey' must be ${SITE}`],
  ["puppeteer", { partitionKey: "a.com" }, `cookie 2: 'partitionKey' must be ${SITE}`],
  ["puppeteer", { partitionKey: {} }, "cookie 2, partitionKey: 'sourceOrigin' must be a text"],
  [
    "puppeteer",
    { partitionKey: { topLevelSite: "?" } },
    `cookie 2, partitionKey: 'topLevelSite' must be ${SITE}`,
  ],
  ["puppeteer", { priority: "Top" }, "cookie 2: 'priority' must be one of low, medium, high"],
  ["puppeteer", { sourceScheme: "ftp" }, "cookie 2: 'sourceScheme' must be one of unset, nonsecure, secure"],
  ["puppeteer", { sourcePort: 70_000 }, "cookie 2: 'sourcePort' must be a port up to 65535, or -1"],
  [
    "cookie-editor",
    { partitionKey: { topLevelSite: 5 } },
    "cookie 2, partitionKey: 'topLevelSite' must be a text",
  ],
];

test.each(CASES)("%s: %j is refused", (format, fields, said) => {
  const file = fileOf(format, [PLAIN, { ...PLAIN, ...fields }]);
  expectCookieFile(() => parseCookies(file, format), said);
});

test.each([
  ["playwright", "[]", "the storage state must be an object with 'cookies' and 'origins'"],
  ["playwright", '{"cookies":{}}', "the storage state: 'cookies' must be a list"],
  ["playwright", '{"cookies":[3]}', "cookie 1 must be an object"],
  [
    "playwright",
    '{"origins":[{"origin":"example.com"}]}',
    "origin 1: 'origin' must be an origin, such as https://example.com",
  ],
  [
    "playwright",
    '{"origins":[{"origin":"https://a.b/c"}]}',
    "origin 1: 'origin' must be an origin, such as https://example.com",
  ],
  [
    "playwright",
    '{"origins":[{"origin":"https://a.b","localStorage":[{"name":"k"}]}]}',
    "origin 1, item 1: 'value' must be a text",
  ],
  ["puppeteer", "{}", "the file must be a list of cookies"],
  ["cookie-editor", "{}", "the file must be a list of cookies"],
  ["cookie-editor", "[null]", "cookie 1 must be an object"],
  ["cookie-editor", "[", "the file of cookies is not JSON, or only a part of it"],
  ["cookiecloud", '{"encrypted":"x"}', "the data of CookieCloud is encrypted"],
  ["cookiecloud", '{"cookie_data":[1]}', "the data of CookieCloud: 'cookie_data' must be an object"],
  ["cookiecloud", '{"cookie_data":{"a.com":1}}', "domain 1 must have a list of cookies"],
  ["cookiecloud", '{"local_storage_data":{"a/b":{}}}', "localStorage 1 must be of the name of a host"],
  ["cookiecloud", '{"local_storage_data":{"a.b":{"k":1}}}', "localStorage 1 must be an object of texts"],
  ["netscape", "example.com TRUE / TRUE 0 a b", "line 1 must have 7 fields with tabs between them"],
  ["netscape", "\n#c\na.com\tTRUE\t/\tTRUE\t0\ta\tb\tc", "line 3 must have 7 fields with tabs between them"],
  ["netscape", "a.com\tyes\t/\tTRUE\t0\ta\tb", "line 1: 'subdomains' must be TRUE or FALSE"],
  ["netscape", "a.com\tTRUE\t/\t1\t0\ta\tb", "line 1: 'secure' must be TRUE or FALSE"],
  ["netscape", "a.com\tTRUE\t/\tTRUE\tsoon\ta\tb", `line 1: 'expiry' must be ${EXPIRY}`],
  ["netscape", "a.com\tTRUE\t/\tTRUE\t1800000000000\ta\tb", `line 1: 'expiry' must be ${EXPIRY}`],
  [
    "netscape",
    "a.com\tTRUE\ta\tTRUE\t0\ta\tb",
    "line 1: 'path' must be a path that starts with '/', of at most 1024 bytes",
  ],
  [
    "netscape",
    "#HttpOnly_\tTRUE\t/\tTRUE\t0\ta\tb",
    "line 1: 'domain' must be the name of a host, with or without a dot in front",
  ],
] as const)("%s: %s is refused", (format, file, said) => {
  expectCookieFile(() => parseCookies(file, format), said);
});

test.each(["", "   ", "hello", "{}", "[1]", '[{"a":1}]', "null", '{"cookies":', "[", "<html>"])(
  "%j is of no known format",
  (file) => {
    expect(recogniseFormat(file)).toBeNull();
    expectCookieFile(() => parseCookies(file), /^the file is (broken JSON, or JSON )?of no known format$/);
  },
);

test("a file that is too large, or has too many cookies, is refused", () => {
  expectCookieFile(() => parseCookies(" ".repeat(64 * 1024 * 1024 + 1)), "the file is too large for cookies");
  const line = "a.com\tTRUE\t/\tTRUE\t0\ta\tb\n";
  expectCookieFile(() => parseCookies(line.repeat(100_001)), "more than 100000 cookies");
});

describe("no message says a value", () => {
  test.each(CASES)("%s: %j", (format, fields) => {
    const file = fileOf(format, [PLAIN, { ...PLAIN, ...fields }]);
    expect(failureOf(() => parseCookies(file, format))).not.toContain("s3cr3t");
  });

  test("in cookies.txt, where a value can stand in the place of another field", () => {
    const fields = ["example.com", "TRUE", "/", "TRUE", "0", "name", "value"];
    for (const [index] of fields.entries()) {
      const shifted = fields.toSpliced(index, 1, `${SECRET}=\u0001;`).join("\t");
      expect(failureOf(() => parseCookies(shifted, "netscape"))).not.toContain("s3cr3t");
    }
  });

  test("when a jar does not fit", () => {
    const { cookies } = parseCookies(JSON.stringify([{ ...PLAIN, value: `${SECRET}\t` }]), "puppeteer");
    expect(failureOf(() => formatCookies({ cookies, localStorage: [] }, "netscape"))).not.toContain("s3cr3t");
  });
});

/** Everything that a report of the error could show. */
function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Error)
      return `${String(error.stack)} ${JSON.stringify(error)} ${String(error.cause)}`;
  }
  throw new Error("nothing failed");
}

function fileOf(format: CookieFormat, cookies: readonly unknown[]): string {
  if (format === "playwright") return JSON.stringify({ cookies });
  if (format === "cookiecloud") return JSON.stringify({ cookie_data: { "example.com": cookies } });
  return JSON.stringify(cookies);
}
