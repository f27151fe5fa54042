import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cookie, CookieJar } from "../../src/browser/cookie.ts";
import { decryptCookieCloud, encryptCookieCloud } from "../../src/browser/formats/cookie-cloud.ts";
import { formatCookies, parseCookies, recogniseFormat } from "../../src/browser/formats/cookie-files.ts";
import { fitJar } from "../../src/browser/formats/fitting.ts";
import { runs } from "../support/property.ts";
import { anyCookie, anyJar, someCookies } from "./arbitrary-cookies.ts";
import { expectCookieFile } from "./expect-cookie-file.ts";
import { PROJECTIONS } from "./projections.ts";

const FILES = ["playwright", "puppeteer", "cookie-editor", "edit-this-cookie", "netscape"] as const;
const OWNER = { uuid: "8f3a", password: "correct horse" };

/** Two hundred jars of up to eight cookies, and a jar of a thousand. */
const manyJars = fc.oneof(
  { weight: 20, arbitrary: anyJar },
  { weight: 1, arbitrary: someCookies(100).map((cookies) => ({ cookies, localStorage: [] })) },
);

describe.each(FILES)("%s", (format) => {
  test("what the format can say comes back, and the format is recognised", () => {
    fc.assert(
      fc.property(manyJars, (jar) => {
        const file = write(jar, format);
        expect(parseCookies(file, format)).toEqual(PROJECTIONS[format](jar));
        expect(parseCookies(file)).toEqual(PROJECTIONS[format](jar));
        expect(recogniseFormat(file)).toBe(/^\[\s*\]/.test(file) ? "cookie-editor" : format);
      }),
      runs(200),
    );
  });

  test("a thousand cookies come back", () => {
    const cookies = thousandCookies();
    expect(parseCookies(write({ cookies, localStorage: [] }, format))).toEqual(
      PROJECTIONS[format]({ cookies, localStorage: [] }),
    );
  });

  test("what is read is written again as it was read", () => {
    fc.assert(
      fc.property(anyJar, (jar) => {
        const file = write(jar, format);
        expect(formatCookies(parseCookies(file, format), format)).toBe(file);
      }),
      runs(100),
    );
  });

  test("a jar that does not fit is refused, and what is left out is told", () => {
    fc.assert(
      fc.property(anyJar, (jar) => {
        const { jar: fitting, leftOut } = fitJar(jar, format);
        expect([...fitting.cookies, ...leftOut.cookies]).toHaveLength(jar.cookies.length);
        expect([...fitting.localStorage, ...leftOut.localStorage]).toHaveLength(jar.localStorage.length);
        if (leftOut.cookies.length + leftOut.localStorage.length > 0)
          expectCookieFile(() => formatCookies(jar, format), /has no place for/);
        else expect(formatCookies(jar, format)).toBe(formatCookies(fitting, format));
      }),
      runs(100),
    );
  });
});

describe.each(["legacy", "aes-128-cbc-fixed"] as const)("cookiecloud, %s", (kind) => {
  test("what the format can say comes back", () => {
    fc.assert(
      fc.property(manyJars, (jar) => {
        const sealed = encryptCookieCloud(fitJar(jar, "cookiecloud").jar, { ...OWNER, kind });
        expect(sealed.crypto_type).toBe(kind);
        const back = decryptCookieCloud(JSON.parse(JSON.stringify(sealed)), OWNER);
        expect(inOrder(back)).toEqual(inOrder(PROJECTIONS.cookiecloud(jar)));
      }),
      runs(200),
    );
  });

  test("a thousand cookies come back", () => {
    const jar = { cookies: thousandCookies(), localStorage: [] };
    const back = decryptCookieCloud(encryptCookieCloud(jar, { ...OWNER, kind }), OWNER);
    expect(inOrder(back)).toEqual(inOrder(PROJECTIONS.cookiecloud(jar)));
  });
});

test("a tab in a value keeps a cookie out of cookies.txt, and out of no other format", () => {
  const [cookie] = fc.sample(anyCookie, { numRuns: 1, seed: 3 });
  if (cookie === undefined) throw new Error("no cookie");
  const tabbed = { ...cookie, value: "a\tb", partition: null, container: 0 };
  const jar = { cookies: [tabbed], localStorage: [] };
  expect(fitJar(jar, "netscape").leftOut.cookies).toEqual([tabbed]);
  for (const format of FILES.filter((name) => name !== "netscape"))
    expect(parseCookies(formatCookies(jar, format)).cookies.map(({ value }) => value)).toEqual(["a\tb"]);
});

function write(jar: CookieJar, format: (typeof FILES)[number]): string {
  return formatCookies(fitJar(jar, format).jar, format);
}

function thousandCookies(): CookieJar["cookies"] {
  return fc.sample(anyCookie, { numRuns: 1000, seed: 1 }).map(atPathOfItsOwn);
}

/** So that none of many takes the place of another. A prefix may ask for the path '/'. */
function atPathOfItsOwn(cookie: Cookie, index: number): Cookie {
  const isFree = cookie.path !== "/" || !/^__host-/i.test(cookie.name);
  return isFree ? { ...cookie, path: `/${index}` } : { ...cookie, name: `${cookie.name}${index}` };
}

/** Names of hosts that look like numbers come first in an object; nothing depends on the order. */
function inOrder({ cookies, localStorage }: CookieJar): unknown {
  const sorted = (list: readonly unknown[]): string[] =>
    list.map((value) => JSON.stringify(value, keys(value))).sort();
  return {
    cookies: sorted(cookies),
    localStorage: localStorage
      .map(({ origin, items }) => ({ origin, items: sorted(items) }))
      .sort((a, b) => (a.origin < b.origin ? -1 : 1)),
  };
}

/** All fields, in order. */
function keys(value: unknown): string[] {
  const fields = new Set<string>();
  JSON.stringify(value, (key, inner: unknown) => {
    fields.add(key);
    return inner;
  });
  return [...fields].sort();
}
