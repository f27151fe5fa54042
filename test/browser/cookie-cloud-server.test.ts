import { expect, test } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import { requestJson, serverOf } from "../../src/browser/formats/cookie-cloud-request.ts";
import { pullFromCookieCloud, pushToCookieCloud } from "../../src/browser/formats/cookie-cloud-server.ts";
import { parseCookies } from "../../src/browser/formats/cookie-files.ts";
import { type Fault, cookieCloudStandIn } from "./cookie-cloud-stand-in.ts";

const OWNER = { uuid: "jNp1T2 qZ6#", password: "correct-horse" };
const JAR = parseCookies(
  JSON.stringify({
    cookie_data: { ".example.com": [{ domain: ".example.com", name: "sid", value: "s3cr3t", secure: true }] },
    local_storage_data: { "example.com": { token: "s3cr3t" } },
  }),
);

test.each(["legacy", "aes-128-cbc-fixed"] as const)("%s: what is pushed is pulled again", async (kind) => {
  await using server = await cookieCloudStandIn("/api");
  await pushToCookieCloud(`${server.url}/`, { ...OWNER, kind }, JAR);
  expect(await pullFromCookieCloud(server.url, OWNER)).toEqual(JAR);
  const [push, pull] = server.seen;
  expect(push).toMatchObject({ method: "POST", url: "/api/update" });
  expect(push?.headers).toMatchObject({ "content-type": "application/json", "content-encoding": "gzip" });
  expect(Object.keys(JSON.parse(push?.body ?? "") as object)).toEqual(["uuid", "encrypted", "crypto_type"]);
  expect(pull).toMatchObject({ method: "GET", url: "/api/get/jNp1T2%20qZ6%23", body: "" });
});

test("password and cookies never leave", async () => {
  await using server = await cookieCloudStandIn();
  await pushToCookieCloud(server.url, OWNER, JAR);
  await pullFromCookieCloud(server.url, OWNER);
  const all = JSON.stringify(server.seen);
  expect(server.seen).toHaveLength(2);
  for (const secret of [OWNER.password, "s3cr3t", "example.com"]) expect(all).not.toContain(secret);
});

test("user and password of the address go into a header, and into no message", async () => {
  await using server = await cookieCloudStandIn("/hidden-path");
  const address = server.url.replace("//", "//ada:p%40ss@");
  await pushToCookieCloud(address, OWNER, JAR);
  const basic = `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;
  expect(server.seen[0]?.headers.authorization).toBe(basic);
  for (const status of [401, 404, 418, 500]) {
    server.fault = () => ({ status });
    const shown = await failureOf(pullFromCookieCloud(address, OWNER));
    expect(shown).toContain(new URL(server.url).origin);
    for (const secret of ["ada", "p@ss", "p%40ss", basic, "hidden-path", OWNER.uuid, "jNp1T2"])
      expect(shown).not.toContain(secret);
  }
});

test.each<[number | string, string, Fault]>([
  [401, "STORE_AUTH", { status: 401 }],
  [403, "STORE_AUTH", { status: 403 }],
  [400, "FAILED", { status: 400 }],
  [413, "FAILED", { status: 413 }],
  [429, "STORE_UNREACHABLE", { status: 429 }],
  [500, "STORE_UNREACHABLE", { status: 500 }],
  [404, "NOT_FOUND", { status: 404 }],
  ["a page of a proxy", "STORE_UNREACHABLE", { status: 200, body: "<html>" }],
  ["303", "FAILED", { status: 303, headers: { location: "/" } }],
  [
    "a redirect to another host",
    "STORE_UNREACHABLE",
    { status: 302, headers: { location: "http://localhost:1/" } },
  ],
  ["a redirect to nowhere", "STORE_UNREACHABLE", { status: 302 }],
  ["a redirect in a circle", "STORE_UNREACHABLE", { status: 307, headers: { location: "/again" } }],
  ["a redirect to a file", "STORE_UNREACHABLE", { status: 301, headers: { location: "file:///etc/passwd" } }],
])("%s is %s", async (_, code, fault) => {
  await using server = await cookieCloudStandIn();
  server.fault = () => fault;
  await expect(pullFromCookieCloud(server.url, OWNER)).rejects.toMatchObject({ code });
  await expect(pushToCookieCloud(server.url, OWNER, JAR)).rejects.toMatchObject({ code });
  expect(server.seen.length).toBeLessThanOrEqual(12);
});

test("a server that does not keep what it gets fails the push", async () => {
  await using server = await cookieCloudStandIn();
  server.fault = () => ({ status: 200, body: '{"action":"error"}' });
  await expect(pushToCookieCloud(server.url, OWNER, JAR)).rejects.toMatchObject({ code: "FAILED" });
});

test("nothing under the uuid, another password, and an answer that is no payload", async () => {
  await using server = await cookieCloudStandIn();
  await expect(pullFromCookieCloud(server.url, OWNER)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `${server.url} keeps nothing under this uuid`,
  });
  await pushToCookieCloud(server.url, OWNER, JAR);
  const wrong = { ...OWNER, password: "wrong" };
  await expect(pullFromCookieCloud(server.url, wrong)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  server.kept.set(OWNER.uuid, '{"a":1}');
  await expect(pullFromCookieCloud(server.url, OWNER)).rejects.toMatchObject({ code: "COOKIE_FILE" });
});

test("redirects to the same host are followed with the same call", async () => {
  await using server = await cookieCloudStandIn();
  for (const status of [301, 302, 307, 308]) {
    const moved = (url: string): Fault => ({
      status,
      headers: { location: `${server.url}${url.slice("/old".length)}` },
    });
    server.fault = ({ url }) => (url.startsWith("/old") ? moved(url) : null);
    await pushToCookieCloud(`${server.url}/old`, OWNER, JAR);
    expect(await pullFromCookieCloud(`${server.url}/old`, OWNER)).toEqual(JAR);
  }
});

test("a server that is not there, or does not answer in time", async () => {
  let url: string;
  {
    await using gone = await cookieCloudStandIn();
    url = gone.url;
  }
  await expect(pullFromCookieCloud(url, OWNER)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  await using server = await cookieCloudStandIn();
  server.fault = () => "hang";
  await expect(requestJson(serverOf(server.url), "/get/a", { timeoutMs: 50 })).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
    message: `${server.url} does not answer within 0.05 s`,
  });
});

test("a call that is given up ends, and one given up before asks nothing", async () => {
  await using server = await cookieCloudStandIn();
  const aborted = { signal: AbortSignal.abort() };
  await expect(pullFromCookieCloud(server.url, OWNER, aborted)).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(pushToCookieCloud(server.url, OWNER, JAR, aborted)).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(server.seen).toEqual([]);
  const controller = new AbortController();
  server.fault = () => {
    controller.abort();
    return "hang";
  };
  const pull = pullFromCookieCloud(server.url, OWNER, { signal: controller.signal });
  await expect(pull).rejects.toMatchObject({ code: "CANCELLED" });
});

test.each(["", "cookies.example.com", "ftp://a.b", "https://a.b/?x=1", "https://a.b/#x"])(
  "%j is no address of a server",
  async (address) => {
    await expect(pullFromCookieCloud(address, OWNER)).rejects.toMatchObject({ code: "CONFIG" });
  },
);

test.each(["", "a/b", "..", "\ud800"])("%j is no uuid", async (uuid) => {
  const owner = { ...OWNER, uuid };
  await expect(pullFromCookieCloud("http://127.0.0.1:1", owner)).rejects.toMatchObject({ code: "CONFIG" });
});

/** Everything that a report of the error could show. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("nothing failed"),
    (reason: unknown) => reason,
  );
  if (!isHoldfastError(error)) throw error;
  const cause = isHoldfastError(error.cause) ? error.cause.message : String(error.cause);
  return `${error.message} ${String(error.stack)} ${JSON.stringify(error)} ${cause}`;
}
