import { chmod, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { HoldfastError } from "../../src/base/errors.ts";
import { openSqlite } from "../../src/browser/sqlite.ts";
import type { LoginContext } from "../../src/run/login-context.ts";
import { loginDead, loginHolds, parseLoginRule } from "../../src/run/login-rules.ts";
import { expireCookies, lockCookie, makeChromium, makeFirefox } from "../cli/cookie-profiles.ts";
import { testCookie } from "../operations/cookies/test-cookie.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

interface Scene extends AsyncDisposable, LoginContext {
  readonly folder: string;
  readonly at: TemporaryFolder["at"];
  readonly problems: HoldfastError[];
  holds(...rules: readonly string[]): Promise<boolean>;
}

async function scene(given: Partial<LoginContext> = {}): Promise<Scene> {
  const temporary = await temporaryFolder();
  const problems: HoldfastError[] = [];
  const context: LoginContext = {
    state: [temporary.at("data")],
    folder: temporary.path,
    connect: null,
    signal: new AbortController().signal,
    onProblem: (problem) => problems.push(problem),
    ...given,
  };
  return {
    ...context,
    at: (...segments) => temporary.at(...segments),
    problems,
    holds: async (...rules) => await loginHolds(rules.map(parseLoginRule), "all", context),
    [Symbol.asyncDispose]: async () => await temporary[Symbol.asyncDispose](),
  };
}

test.each([
  ["cookie:session@example.com", { kind: "cookie", name: "session", isPrefix: false, host: "example.com" }],
  ["cookie:a@b@.Example.COM", { kind: "cookie", name: "a@b", host: "example.com" }],
  [
    "cookie:logged_in_*@bücher.example",
    { name: "logged_in_", isPrefix: true, host: "xn--bcher-kva.example" },
  ],
  [" file:data/ok file.json ", { kind: "file", path: "data/ok file.json" }],
  ["url:http://127.0.0.1:3000/health", { question: { field: null, authorization: null } }],
  ["url:http://127.0.0.1:3000/health#", { question: { field: null } }],
  [
    "url:https://app.example/a?b=c#x.0.y=a%3Db=c",
    {
      text: "url:https://app.example/a#x.0.y=a%3Db=c",
      question: { address: "https://app.example/a?b=c", field: { path: ["x", "0", "y"], value: "a=b=c" } },
    },
  ],
])("%s", (text, rule) => {
  expect(parseLoginRule(text)).toMatchObject(rule);
});

test.each([
  "",
  "session@example.com",
  "cookie:",
  "cookie:session",
  "cookie:@example.com",
  "cookie:*@example.com",
  "cookie:session@https://example.com",
  "cookie:session@example.com:8080",
  "file:",
  "url:",
  "url:127.0.0.1:3000/health",
  "url:file:///etc/passwd",
  "url:http://127.0.0.1:3000/health#loggedIn",
  "url:http://127.0.0.1:3000/health#a..b=1",
])("'%s' is no rule", (text) => {
  expect(() => parseLoginRule(text)).toThrow(
    expect.objectContaining({ code: "CONFIG", hint: expect.stringMatching(/.../) as string }) as Error,
  );
});

test("what is secret in an address is in no text", () => {
  const rule = parseLoginRule("url:http://ada:hunter2@127.0.0.1:1/health?token=hunter2#a=b");
  expect(rule.text).toBe("url:http://127.0.0.1:1/health#a=b");
  expect(() => parseLoginRule("url:ftp://ada:hunter2@x/?hunter2#a")).toThrow(/^(?!.*hunter2)/);
});

test("a file counts once something is in it", async () => {
  await using place = await scene();
  expect(await place.holds("file:data/ok.json")).toBe(false);
  await mkdir(place.at("data"));
  await writeFile(place.at("data/ok.json"), "");
  expect(await place.holds("file:data/ok.json")).toBe(false);
  await writeFile(place.at("data/ok.json"), "{}");
  expect(await place.holds("file:data/ok.json")).toBe(true);
  expect(await place.holds(`file:${place.at("data/ok.json")}`)).toBe(true);
  expect(await place.holds("file:data")).toBe(false);
  expect(await place.holds("file:data/ok.json/below")).toBe(false);
  expect(place.problems).toEqual([]);
});

test.skipIf(process.getuid?.() === 0)("a file that may not be seen is reported once", async () => {
  await using place = await scene();
  await mkdir(place.at("closed"), { mode: 0 });
  for (let round = 0; round < 2; round += 1) expect(await place.holds("file:closed/ok")).toBe(false);
  expect(place.problems).toMatchObject([{ code: "PERMISSION" }]);
  await chmod(place.at("closed"), 0o700);
});

test("all, any, none", async () => {
  await using place = await scene();
  await writeFile(place.at("yes"), "1");
  const [yes, no] = [parseLoginRule("file:yes"), parseLoginRule("file:no")];
  expect(await loginHolds([yes, no], "all", place)).toBe(false);
  expect(await loginHolds([no, yes], "any", place)).toBe(true);
  expect(await loginHolds([yes, yes], "all", place)).toBe(true);
  expect(await loginHolds([no, no], "any", place)).toBe(false);
  expect(await loginHolds([], "all", place)).toBe(false);
  expect(await loginHolds([], "any", place)).toBe(false);
  const stopped = { ...place, signal: AbortSignal.abort() };
  await expect(loginHolds([yes], "any", stopped)).rejects.toMatchObject({ code: "CANCELLED" });
});

const MAKERS = { chromium: makeChromium, firefox: makeFirefox } as const;

test.each(["chromium", "firefox"] as const)("a living cookie of a %s profile", async (kind) => {
  await using place = await scene();
  expect(await place.holds("cookie:session@example.com")).toBe(false);
  await MAKERS[kind](place.at("data/profile"), [
    testCookie({ name: "session", host: "www.example.com" }),
    testCookie({ name: "wide", host: "example.com", hostOnly: false }),
    testCookie({ name: "brief", host: "example.com", expiresMs: null }),
    testCookie({ name: "empty", host: "example.com", value: "" }),
    testCookie({ name: "logged_in_4f2a", host: "example.com" }),
  ]);
  const holds = await Promise.all(
    [
      "cookie:session@www.example.com",
      "cookie:session@example.com",
      "cookie:wide@www.example.com",
      "cookie:brief@example.com",
      "cookie:logged_in_*@example.com",
      // From here on: other host, other name, for its own host only, without a value.
      "cookie:session@example.org",
      "cookie:Session@example.com",
      "cookie:session@deeper.www.example.com",
      "cookie:empty@example.com",
    ].map((rule) => place.holds(rule)),
  );
  expect(holds).toEqual([true, true, true, true, true, false, false, false, false]);
  expect(place.problems).toEqual([]);
});

test("a cookie that has expired does not count, nor one that expires while nobody reads", async () => {
  await using place = await scene();
  const expiresMs = Date.now() + 1500;
  await makeFirefox(place.at("data/firefox"), [
    testCookie({ name: "short", expiresMs }),
    testCookie({ name: "gone" }),
  ]);
  expireCookies(place.at("data/firefox"), "gone");
  expect(await place.holds("cookie:gone@example.com")).toBe(false);
  const rule = "cookie:short@example.com";
  expect(await place.holds(rule)).toBe(Date.now() < expiresMs);
  while (Date.now() <= expiresMs) await place.holds(rule);
  expect(await place.holds(rule)).toBe(false);
});

test("a profile is read again only when its files have changed", async () => {
  await using place = await scene();
  const profile = place.at("data/firefox");
  await makeFirefox(profile, [testCookie({ name: "session" })]);
  expect(await place.holds("cookie:session@example.com")).toBe(true);
  // What is written in place, with the old size and time, is not seen.
  const path = join(profile, "cookies.sqlite");
  const past = new Date(1_600_000_000_000);
  await utimes(path, past, past);
  expect(await place.holds("cookie:session@example.com")).toBe(true);
  rename(path, "session", "another");
  await utimes(path, past, past);
  expect(await place.holds("cookie:another@example.com")).toBe(false);
  await utimes(path, new Date(), new Date());
  expect(await place.holds("cookie:another@example.com")).toBe(true);
});

function rename(path: string, from: string, to: string): void {
  using database = openSqlite(path, { readOnly: false });
  database.exec("PRAGMA journal_mode = DELETE");
  database.prepare("UPDATE moz_cookies SET name = :to WHERE name = :from").run({ from, to });
}

test("what only a keyring opens does not count, and is said once", async () => {
  await using place = await scene();
  await makeChromium(place.at("data/chromium"), [testCookie({ name: "session" }), testCookie({ name: "b" })]);
  lockCookie(place.at("data/chromium"), "session");
  for (let round = 0; round < 3; round += 1)
    expect(await place.holds("cookie:session@example.com")).toBe(false);
  expect(await place.holds("cookie:b@example.com")).toBe(true);
  expect(place.problems).toMatchObject([{ code: "COOKIE_ENCRYPTED" }]);
  expect(place.problems[0]?.hint).toContain("--password-store=basic");
});

test("a damaged profile hides no other, and is said once", async () => {
  await using place = await scene();
  await makeFirefox(place.at("data/good"), [testCookie({ name: "session" })]);
  await makeFirefox(place.at("data/bad"));
  await writeFile(
    place.at("data/bad/cookies.sqlite"),
    "no database at all, but long enough to be read as one",
  );
  for (let round = 0; round < 3; round += 1)
    expect(await place.holds("cookie:session@example.com")).toBe(true);
  expect(place.problems).toMatchObject([{ code: "PROFILE_DAMAGED" }]);
});

test("a browser that cannot be reached is waited for in silence", async () => {
  await using place = await scene({ connect: "http://127.0.0.1:1" });
  expect(await place.holds("cookie:session@example.com")).toBe(false);
  expect(place.problems).toEqual([]);
  const other = await scene({ connect: "not an address" });
  for (let round = 0; round < 2; round += 1) expect(await other.holds("cookie:a@example.com")).toBe(false);
  expect(other.problems).toMatchObject([{ code: "CONFIG" }]);
  await other[Symbol.asyncDispose]();
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("an address that answers", async () => {
  await using place = await scene();
  const answers: Readonly<Record<string, [number, string]>> = {
    "/yes": [204, ""],
    "/no": [401, '{"loggedIn":true}'],
    "/json": [200, '{"loggedIn":true,"user":{"name":"ada","ids":[7]},"none":null}'],
    "/text": [200, "<html>"],
    "/large": [200, JSON.stringify({ loggedIn: true, rest: "x".repeat(1024 * 1024) })],
  };
  await using server = await serve((request, response) => {
    if (request.url === "/moved") {
      response.writeHead(302, { location: "/json" }).end();
      return;
    }
    if (request.url === "/secret") {
      const isRight = request.headers.authorization === `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;
      response.writeHead(isRight ? 200 : 401).end();
      return;
    }
    const [status, body] = answers[request.url ?? ""] ?? [404, ""];
    response.writeHead(status).end(body);
  });
  const url = `url:http://${server.address}`;
  const holding = [
    "/yes",
    "/json#loggedIn=true",
    "/json#user.name=ada",
    "/json#user.ids.0=7",
    "/json#none=null",
  ];
  for (const rule of [...holding, "/moved#loggedIn=true"])
    expect(await place.holds(url + rule), rule).toBe(true);
  expect(await place.holds(`url:http://ada:p%40ss@${server.address}/secret`)).toBe(true);
  const others = [
    "/no",
    "/missing",
    "/no#loggedIn=true",
    "/json#loggedIn=false",
    "/json#user=[object Object]",
  ];
  for (const rule of [...others, "/json#constructor.name=Object", "/secret"])
    expect(await place.holds(url + rule), rule).toBe(false);
  expect(place.problems).toEqual([]);
  for (const rule of ["/text#a=b", "/text#a=b", "/large#loggedIn=true"])
    expect(await place.holds(url + rule)).toBe(false);
  expect(place.problems.map(({ message }) => message.replace(server.address, ""))).toEqual([
    "the answer that url:http:///text#a=b looks at is no JSON",
    "the answer that url:http:///large#loggedIn=true looks at is larger than 1 MiB",
  ]);
});

test("an address where nobody listens yet is waited for in silence", async () => {
  await using place = await scene();
  const server = await serve((_, response) => void response.end());
  const { address } = server;
  await server[Symbol.asyncDispose]();
  expect(await place.holds(`url:http://${address}/`)).toBe(false);
  expect(place.problems).toEqual([]);
});

test("who stops does not wait for a slow answer", async () => {
  const stop = new AbortController();
  await using place = await scene({ signal: stop.signal });
  await using server = await serve(() => stop.abort());
  await expect(place.holds(`url:http://${server.address}/`)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("which watched sites are logged out", async () => {
  await using place = await scene();
  const watch = ["example.com:session", "example.org"];
  const dead = async (): Promise<string[]> => (await loginDead(watch, place)).map(({ site }) => site);
  expect(await loginDead([], place)).toEqual([]);
  // Without a state, and without a profile.
  expect(await dead()).toEqual(["example.com", "example.org"]);
  await mkdir(place.at("data"));
  expect(await dead()).toEqual(["example.com", "example.org"]);
  await makeFirefox(place.at("data/firefox"), [
    testCookie({ name: "session" }),
    testCookie({ host: "example.org" }),
  ]);
  expect(await dead()).toEqual([]);
  expireCookies(place.at("data/firefox"), "session");
  expect(await dead()).toEqual(["example.com", "example.org"]);
  await rm(place.at("data/firefox"), { recursive: true });
  await makeChromium(place.at("data/chromium"), [
    testCookie({ name: "session" }),
    testCookie({ host: "example.org" }),
  ]);
  expect(await dead()).toEqual([]);
  lockCookie(place.at("data/chromium"), "session");
  expect(await dead()).toContain("example.com");
  await expect(loginDead(["a b"], place)).rejects.toMatchObject({ code: "CONFIG" });
});
