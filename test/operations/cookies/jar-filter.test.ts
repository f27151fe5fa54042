import { expect, test } from "vitest";
import { domainOf, livingOnly, withinDomains } from "../../../src/operations/cookies/jar-filter.ts";
import { testCookie } from "./test-cookie.ts";

const HOSTS = ["example.com", "www.example.com", "notexample.com", "127.0.0.1", "xn--bcher-kva.example"];
const jar = {
  cookies: HOSTS.map((host) => testCookie({ host })),
  localStorage: ["https://www.example.com", "http://127.0.0.1:3000", "not an origin"].map((origin) => ({
    origin,
    items: [],
  })),
};

test.each([
  ["example.com", ["example.com", "www.example.com"], ["https://www.example.com"]],
  [".Example.COM", ["example.com", "www.example.com"], ["https://www.example.com"]],
  ["www.example.com", ["www.example.com"], ["https://www.example.com"]],
  ["127.0.0.1", ["127.0.0.1"], ["http://127.0.0.1:3000"]],
  ["bücher.example", ["xn--bcher-kva.example"], []],
  ["com.example", [], []],
])("what is within %s", (domain, hosts, origins) => {
  const found = withinDomains(jar, [domain]);
  expect(found.cookies.map(({ host }) => host)).toEqual(hosts);
  expect(found.localStorage.map(({ origin }) => origin)).toEqual(origins);
});

test("no domain is every domain", () => {
  expect(withinDomains(jar, [])).toBe(jar);
});

test.each(["", "https://example.com", "example.com/path", "a b", "example.com:80"])(
  "'%s' is no domain",
  (text) => {
    expect(() => domainOf(text)).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
  },
);

test("what has expired is left out and counted; cookies of the session never expire", () => {
  const cookies = [1000, 1001, null].map((expiresMs) => testCookie({ expiresMs }));
  const { jar: left, expired } = livingOnly({ cookies, localStorage: [] }, 1000);
  expect(left.cookies.map(({ expiresMs }) => expiresMs)).toEqual([1001, null]);
  expect(expired).toBe(1);
});
