import { expect, test } from "vitest";
import type { Cookie } from "../../src/browser/cookie.ts";
import { parseCookies, recogniseFormat } from "../../src/browser/formats/cookie-files.ts";

/** A cookie of which a file says little. */
const BASE: Cookie = {
  name: "sid",
  value: "v",
  host: "example.com",
  hostOnly: true,
  path: "/",
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
};

test("cookies.txt as curl, Python and extensions write it", () => {
  const file = [
    "# Netscape HTTP Cookie File",
    "# https://curl.se/docs/http-cookies.html",
    "",
    "#HttpOnly_.example.com\tTRUE\t/\tTRUE\t1800000000\tsid\tv",
    'www.example.com\tFALSE\t/app\tFALSE\t0\ttoken\ta=b, "c',
    ".example.com\tTRUE\t/\tFALSE\t\tpython\t",
    "example.com\tTRUE\t/\tFALSE\t1800000000.5\tstripped",
    "# a comment",
    ".127.0.0.1\tTRUE\t/\tFALSE\t0\taddress\tv",
  ].join("\r\n");
  expect(recogniseFormat(file)).toBe("netscape");
  expect(parseCookies(file).cookies).toEqual([
    { ...BASE, hostOnly: false, secure: true, httpOnly: true, expiresMs: 1_800_000_000_000 },
    { ...BASE, host: "www.example.com", path: "/app", name: "token", value: 'a=b, "c' },
    { ...BASE, hostOnly: false, name: "python", value: "" },
    { ...BASE, hostOnly: false, name: "stripped", value: "", expiresMs: 1_800_000_000_500 },
    { ...BASE, host: "127.0.0.1", name: "address" },
  ]);
});

test("cookies.txt without a header", () => {
  const file = "example.com\tFALSE\t/\tFALSE\t0\tsid\tv\n";
  expect(recogniseFormat(file)).toBe("netscape");
  expect(parseCookies(file).cookies).toEqual([BASE]);
});

test("a storage state of Playwright, with what only newer versions have", () => {
  const file = JSON.stringify({
    cookies: [
      {
        name: "sid",
        value: "v",
        domain: ".example.com",
        path: "/",
        expires: 1_800_000_000.25,
        httpOnly: true,
        secure: true,
        sameSite: "None",
      },
      {
        name: "old",
        value: "v",
        domain: "example.com",
        path: "/",
        expires: 0,
        httpOnly: false,
        secure: false,
        sameSite: "Lax",
      },
      {
        name: "frame",
        value: "v",
        domain: "widget.com",
        path: "/",
        expires: -1,
        httpOnly: false,
        secure: true,
        sameSite: "None",
        partitionKey: "https://example.com",
      },
      {
        name: "top",
        value: "v",
        domain: "example.com",
        path: "/",
        expires: -1,
        httpOnly: false,
        secure: true,
        sameSite: "Strict",
        partitionKey: "https://example.com",
        _crHasCrossSiteAncestor: true,
      },
    ],
    origins: [
      {
        origin: "https://example.com",
        localStorage: [{ name: "k", value: "v" }],
        indexedDB: [{ name: "db", version: 1, stores: [] }],
      },
      { origin: "https://empty.example", localStorage: [], opfs: [] },
    ],
    credentials: [{ anything: true }],
  });
  expect(recogniseFormat(file)).toBe("playwright");
  const partition = { topLevelSite: "https://example.com", hasCrossSiteAncestor: true };
  expect(parseCookies(file)).toEqual({
    cookies: [
      {
        ...BASE,
        hostOnly: false,
        expiresMs: 1_800_000_000_250,
        httpOnly: true,
        secure: true,
        sameSite: "none",
      },
      { ...BASE, name: "old", sameSite: "lax" },
      { ...BASE, name: "frame", host: "widget.com", secure: true, sameSite: "none", partition },
      { ...BASE, name: "top", secure: true, sameSite: "strict", partition },
    ],
    localStorage: [{ origin: "https://example.com", items: [{ name: "k", value: "v" }] }],
  });
});

test("Puppeteer's lists of all ages, and Playwright's list of cookies", () => {
  const cookie = { name: "sid", value: "v", domain: "example.com", path: "/", expires: -1, secure: true };
  const file = JSON.stringify([
    {
      ...cookie,
      size: 4,
      session: true,
      sameParty: false,
      sourceScheme: "Secure",
      sourcePort: 443,
      priority: "High",
    },
    { ...cookie, name: "text", partitionKey: "https://example.com" },
    {
      ...cookie,
      name: "object",
      partitionKey: { sourceOrigin: "https://other.com", hasCrossSiteAncestor: false },
    },
    {
      ...cookie,
      name: "protocol",
      partitionKey: { topLevelSite: "https://other.com/" },
      sameSite: "Default",
    },
    { ...cookie, name: "unset", sourceScheme: "Unset", sourcePort: -1 },
  ]);
  expect(recogniseFormat(file)).toBe("puppeteer");
  const secure = { ...BASE, secure: true };
  expect(parseCookies(file).cookies).toEqual([
    { ...secure, sourceScheme: "https", sourcePort: 443, priority: "high" },
    {
      ...secure,
      name: "text",
      partition: { topLevelSite: "https://example.com", hasCrossSiteAncestor: false },
    },
    {
      ...secure,
      name: "object",
      partition: { topLevelSite: "https://other.com", hasCrossSiteAncestor: false },
    },
    {
      ...secure,
      name: "protocol",
      partition: { topLevelSite: "https://other.com", hasCrossSiteAncestor: true },
    },
    { ...secure, name: "unset" },
  ]);
});

test("Cookie-Editor's list, from Chromium and from Firefox", () => {
  const file = JSON.stringify([
    {
      domain: ".example.com",
      expirationDate: 1_800_000_000.123_456,
      hostOnly: false,
      httpOnly: true,
      name: "sid",
      path: "/",
      sameSite: "no_restriction",
      secure: true,
      session: false,
      storeId: null,
      value: "v",
    },
    {
      name: "fx",
      value: "v",
      domain: "example.com",
      hostOnly: true,
      path: "/",
      secure: false,
      httpOnly: false,
      sameSite: "no_restriction",
      session: true,
      firstPartyDomain: "",
      partitionKey: null,
      storeId: "firefox-container-3",
    },
    {
      name: "chips",
      value: "v",
      domain: "w.com",
      hostOnly: true,
      path: "/",
      secure: true,
      httpOnly: false,
      sameSite: "lax",
      session: true,
      firstPartyDomain: "",
      partitionKey: { topLevelSite: "https://example.com" },
      storeId: null,
    },
  ]);
  expect(recogniseFormat(file)).toBe("cookie-editor");
  expect(parseCookies(file).cookies).toEqual([
    {
      ...BASE,
      hostOnly: false,
      secure: true,
      httpOnly: true,
      sameSite: "none",
      expiresMs: 1_800_000_000_123,
    },
    // Firefox says "no_restriction" of a cookie whose site said nothing.
    { ...BASE, name: "fx", sameSite: null, container: 3 },
    {
      ...BASE,
      name: "chips",
      host: "w.com",
      secure: true,
      sameSite: "lax",
      partition: { topLevelSite: "https://example.com", hasCrossSiteAncestor: true },
    },
  ]);
});

test("EditThisCookie's list", () => {
  const file = JSON.stringify([
    {
      domain: ".example.com",
      expirationDate: 1_800_000_000,
      hostOnly: false,
      httpOnly: false,
      name: "sid",
      path: "/",
      sameSite: "unspecified",
      secure: false,
      session: false,
      storeId: "0",
      value: "v",
      id: 1,
    },
    {
      domain: "example.com",
      hostOnly: true,
      httpOnly: false,
      name: "s",
      path: "/",
      sameSite: "lax",
      secure: false,
      session: true,
      expirationDate: 1_800_000_000,
      storeId: "0",
      value: "v",
      id: 2,
    },
  ]);
  expect(recogniseFormat(file)).toBe("edit-this-cookie");
  expect(parseCookies(file).cookies).toEqual([
    { ...BASE, hostOnly: false, expiresMs: 1_800_000_000_000 },
    { ...BASE, name: "s", sameSite: "lax" },
  ]);
});

test("CookieCloud's data, in which a cookie stands below several domains", () => {
  const cookie = {
    domain: ".a.example.com",
    hostOnly: false,
    name: "sid",
    value: "v",
    path: "/",
    session: true,
  };
  const file = JSON.stringify({
    cookie_data: { "example.com": [cookie], "a.example.com": [{ ...cookie, value: "later" }] },
    local_storage_data: { "example.com": { k: "v", ["__proto__"]: "p" } },
    update_time: "2026-01-01T00:00:00.000Z",
  });
  expect(recogniseFormat(file)).toBe("cookiecloud");
  expect(parseCookies(file)).toEqual({
    cookies: [{ ...BASE, host: "a.example.com", hostOnly: false, value: "later" }],
    localStorage: [
      {
        origin: "https://example.com",
        items: [
          { name: "k", value: "v" },
          { name: "__proto__", value: "p" },
        ],
      },
    ],
  });
  expect(parseCookies('{"cookie_data":{},"local_storage_data":[]}')).toEqual({
    cookies: [],
    localStorage: [],
  });
});

test.each([
  ["Bücher.Example", "xn--bcher-kva.example"],
  [".EXAMPLE.com", "example.com"],
  ["中国", "xn--fiqs8s"],
  ["[2001:DB8::0:1]", "[2001:db8::1]"],
  ["example.com.", "example.com."],
])("the host %s is written %s", (domain, host) => {
  const [cookie] = parseCookies(JSON.stringify([{ name: "a", value: "b", domain }])).cookies;
  expect(cookie?.host).toBe(host);
});

test("a mark of the byte order in front of a file is no part of it", () => {
  expect(parseCookies('\uFEFF[{"name":"sid","value":"v","domain":"example.com"}]').cookies).toEqual([BASE]);
  expect(parseCookies("\uFEFF# Netscape HTTP Cookie File\n").cookies).toEqual([]);
});
