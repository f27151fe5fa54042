import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CookieJar } from "../../src/browser/cookie.ts";
import { formatCookieCloudData } from "../../src/browser/formats/cookie-cloud-data.ts";
import { formatCookies, parseCookies } from "../../src/browser/formats/cookie-files.ts";
import { type CookieFormat, fitJar } from "../../src/browser/formats/fitting.ts";
import { fuzzedJson } from "../repository/fuzzed-json.ts";
import { runs } from "../support/property.ts";
import { anyJar } from "./arbitrary-cookies.ts";
import { unlessRefused } from "./expect-cookie-file.ts";

const FORMATS = [
  "playwright",
  "puppeteer",
  "cookie-editor",
  "edit-this-cookie",
  "netscape",
  "cookiecloud",
] as const;
const now = new Date(0);

test.each(FORMATS)("%s: every start of a file is a jar or is refused", (format) => {
  for (const jar of fc.sample(anyJar, { numRuns: 5, seed: 7 })) {
    const file = write({ cookies: jar.cookies.map(short), localStorage: jar.localStorage }, format);
    for (let length = 0; length <= file.length; length += 1) {
      const start = file.slice(0, length);
      expectJar(unlessRefused(() => parseCookies(start, format)));
      expectJar(unlessRefused(() => parseCookies(start)));
    }
  }
});

test.each(FORMATS)(
  "%s: a changed file is a jar or is refused, and what is taken can be written",
  (format) => {
    const files = anyJar.map((jar) => write(jar, format));
    fc.assert(
      fc.property(format === "netscape" ? changedLines(files) : fuzzedJson(files), (file) => {
        expectJar(unlessRefused(() => parseCookies(file)));
        const jar = unlessRefused(() => parseCookies(file, format));
        expectJar(jar);
        if (jar === null) return;
        const written = write(jar, format);
        expect(write(parseCookies(written, format), format)).toBe(written);
      }),
      runs(1000),
    );
  },
);

test("deep nesting is refused, or read without falling over", () => {
  for (const depth of [100, 10_000, 200_000]) {
    const deep = "[".repeat(depth) + "]".repeat(depth);
    for (const format of FORMATS) {
      unlessRefused(() => parseCookies(deep, format));
      unlessRefused(() => parseCookies(`{"cookies":${deep},"cookie_data":${deep}}`, format));
      unlessRefused(() => parseCookies(`[{"name":${deep}}]`, format));
    }
  }
});

function write(jar: CookieJar, format: CookieFormat): string {
  const { jar: fitting } = fitJar(jar, format);
  return format === "cookiecloud" ? formatCookieCloudData(fitting, now) : formatCookies(fitting, format);
}

function short(cookie: CookieJar["cookies"][number]): CookieJar["cookies"][number] {
  return { ...cookie, value: cookie.value.slice(0, 50).trim() || "v" };
}

function expectJar(jar: CookieJar | null): void {
  if (jar === null) return;
  for (const { name, value, host, path, expiresMs } of jar.cookies) {
    expect(typeof name === "string" && typeof value === "string" && host !== "" && path.startsWith("/")).toBe(
      true,
    );
    expect(expiresMs === null || (Number.isInteger(expiresMs) && expiresMs > 0)).toBe(true);
  }
}

/** Lines with fields changed, added and taken away. */
function changedLines(files: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const junk = fc.constantFrom(
    "",
    "\t",
    "\n",
    "\r",
    "#",
    "#HttpOnly_",
    "TRUE",
    "-1",
    "1e9",
    "\0",
    "\ud800",
    "a.b",
    "$",
  );
  const edits = fc.array(fc.record({ at: fc.nat(1000), cut: fc.nat(4), junk }), {
    minLength: 1,
    maxLength: 4,
  });
  return fc.tuple(files, edits).map(([file, changes]) => {
    return changes.reduce((text, { at, cut, junk: added }) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + added + text.slice(position + cut);
    }, file);
  });
}
