import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CookieJar } from "../../src/browser/cookie.ts";
import { parseCookies } from "../../src/browser/formats/cookie-files.ts";
import { fitJar } from "../../src/browser/formats/fitting.ts";
import { formatDocument, parseDocument } from "../../src/browser/jar-document.ts";
import { runs } from "../support/property.ts";
import { anyJar } from "./arbitrary-cookies.ts";

const ORIGIN = { browser: "chromium", folder: "a/b", profile: "Profile 1" } as const;

/** What a document keeps of a jar, in an order that can be compared. */
function kept({ cookies, localStorage }: CookieJar): unknown {
  const texts = cookies.map((cookie) => JSON.stringify({ ...cookie, lastAccessMs: null }, FIELDS));
  return { cookies: texts.sort(), localStorage: localStorage.map((each) => JSON.stringify(each)).sort() };
}

const FIELDS =
  "name value host hostOnly path expiresMs secure httpOnly sameSite partition topLevelSite hasCrossSiteAncestor container sourceScheme sourcePort priority createdMs lastAccessMs".split(
    " ",
  );

test("everything comes back but the times of last access", () => {
  fc.assert(
    fc.property(anyJar, fc.boolean(), (jar, isShort) => {
      const document = parseDocument(formatDocument({ origin: ORIGIN, jar }, isShort));
      expect(document.origin).toEqual(ORIGIN);
      expect(kept(document.jar)).toEqual(kept(jar));
    }),
    runs(200),
  );
});

test("the order of the cookies does not matter", () => {
  fc.assert(
    fc.property(anyJar, (jar) => {
      const reversed = { cookies: jar.cookies.toReversed(), localStorage: jar.localStorage.toReversed() };
      expect(formatDocument({ origin: null, jar: reversed })).toBe(formatDocument({ origin: null, jar }));
    }),
    runs(50),
  );
});

test("other programs find a storageState in it", () => {
  fc.assert(
    fc.property(anyJar, (jar) => {
      const read = parseCookies(formatDocument({ origin: null, jar }));
      const names = (all: CookieJar): string[] => all.cookies.map(({ name }) => name).sort();
      expect(names(read)).toEqual(names(fitJar(jar, "playwright").jar));
    }),
    runs(50),
  );
});

const COOKIE = { name: "a", value: "secret-value", host: "example.com", hostOnly: true, path: "/" };
const HOLDFAST = { version: 1, cookies: [COOKIE] };

test.each<[field: string, file: unknown]>([
  ["holdfast", { cookies: [], origins: [] }],
  ["version", { origins: [], holdfast: { ...HOLDFAST, version: 2 } }],
  ["cookies", { origins: [], holdfast: { version: 1, cookies: {} } }],
  ["origins", { holdfast: HOLDFAST }],
  ["path", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, path: undefined }] } }],
  ["colour", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, colour: "red" }] } }],
  ["priority", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, priority: "none" }] } }],
  ["container", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, container: -1 }] } }],
  ["partition", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, partition: [] }] } }],
  ["expiresMs", { origins: [], holdfast: { version: 1, cookies: [{ ...COOKIE, expiresMs: "1" }] } }],
  ["browser", { origins: [], holdfast: { ...HOLDFAST, browser: "lynx" } }],
  ["folder", { origins: [], holdfast: { ...HOLDFAST, browser: "firefox" } }],
  ["profile", { origins: [], holdfast: { ...HOLDFAST, browser: "firefox", folder: "", profile: 1 } }],
  ["localStorage", { origins: [{ origin: "https://a.b" }], holdfast: HOLDFAST }],
])("a wrong field '%s' is refused, without its value", (field, file) => {
  const error = catching(() => parseDocument(JSON.stringify(file)));
  expect(error).toMatchObject({ code: "COOKIE_FILE" });
  expect(error.message).toContain(`'${field}'`);
  expect(error.message).not.toContain("secret-value");
});

test("what is no JSON is refused without being quoted", () => {
  const error = catching(() => parseDocument('{"secret-value'));
  expect(error).toMatchObject({ code: "COOKIE_FILE" });
  expect(`${error.message} ${String(error.cause)}`).not.toContain("secret");
});

function catching(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
