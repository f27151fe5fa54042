import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import type { Cookie } from "../../src/browser/cookie.ts";
import { formatCookies, parseCookies } from "../../src/browser/formats/cookie-files.ts";
import { fitJar } from "../../src/browser/formats/fitting.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { anyCookie } from "./arbitrary-cookies.ts";
import { PROJECTIONS } from "./projections.ts";

/** curl and Python, which wrote this format before us, are the judges of cookies.txt. */

const curl = await findProgram("curl");
const python = await findProgram("python3");
if (curl === null) console.log("curl is not installed: it does not judge cookies.txt");
if (python === null) console.log("python3 is not installed: it does not judge cookies.txt");

/** A few hundred cookies that cookies.txt can say. */
const COOKIES = fitJar(
  { cookies: fc.sample(anyCookie, { numRuns: 1000, seed: 5 }).map(withOwnName), localStorage: [] },
  "netscape",
).jar.cookies;

const READ_AND_WRITE = `
import http.cookiejar, sys
jar = http.cookiejar.MozillaCookieJar()
jar.load(sys.argv[1], ignore_discard=True, ignore_expires=True)
jar.save(sys.argv[2], ignore_discard=True, ignore_expires=True)
`;

describe.skipIf(python === null)("Python", () => {
  test("what it reads and writes is what was written", async () => {
    await using folder = await temporaryFolder();
    const jar = { cookies: COOKIES, localStorage: [] };
    expect(COOKIES.length).toBeGreaterThan(500);
    await writeFile(folder.at("ours.txt"), formatCookies(jar, "netscape"));
    await run("python3", [
      "-X",
      "utf8",
      "-c",
      READ_AND_WRITE,
      folder.at("ours.txt"),
      folder.at("python.txt"),
    ]);
    const back = parseCookies(await readFile(folder.at("python.txt"), "utf8"));
    expect(byName(back.cookies)).toEqual(byName(PROJECTIONS.netscape(jar).cookies));
  });
});

describe.skipIf(curl === null)("curl", () => {
  test("sends what was written, to the hosts and paths that were written", async () => {
    await using folder = await temporaryFolder();
    await using echo = await echoServer();
    const [base] = fc.sample(anyCookie, { numRuns: 1, seed: 1 });
    if (base === undefined) throw new Error("no cookie");
    const plain: Cookie = {
      ...base,
      host: "example.com",
      hostOnly: false,
      path: "/",
      secure: false,
      httpOnly: false,
      partition: null,
      container: 0,
      expiresMs: null,
      sameSite: null,
    };
    const cookies: readonly Cookie[] = [
      { ...plain, name: "all", value: 'a"b c=d é' },
      { ...plain, name: "exact", value: "1", hostOnly: true },
      { ...plain, name: "http", value: "2", httpOnly: true },
      { ...plain, name: "app", value: "3", path: "/app" },
      { ...plain, name: "secure", value: "4", secure: true },
      { ...plain, name: "gone", value: "5", expiresMs: 1000 },
      { ...plain, name: "later", value: "6", expiresMs: Date.now() + 3_600_500 },
      { ...plain, name: "empty", value: "" },
    ];
    await writeFile(folder.at("cookies.txt"), formatCookies({ cookies, localStorage: [] }, "netscape"));
    const sent = async (host: string, path: string): Promise<string[]> => {
      const to = ["--connect-to", `::127.0.0.1:${echo.port}`, "--noproxy", "*"];
      const { stdout } = await run("curl", [
        "-sS",
        ...to,
        "-b",
        folder.at("cookies.txt"),
        `http://${host}${path}`,
      ]);
      return stdout.toString().split("; ").sort();
    };
    expect(await sent("example.com", "/")).toEqual([
      'all=a"b c=d é',
      "empty=",
      "exact=1",
      "http=2",
      "later=6",
    ]);
    expect(await sent("www.example.com", "/app")).toEqual([
      'all=a"b c=d é',
      "app=3",
      "empty=",
      "http=2",
      "later=6",
    ]);
    expect(await sent("other.com", "/")).toEqual([""]);
  });

  test("what it writes after a login is read", async () => {
    await using folder = await temporaryFolder();
    await using echo = await echoServer([
      "sid=one; HttpOnly; Path=/",
      "token=two; Domain=example.com; Path=/; Max-Age=3600",
      "nothing=; Path=/",
    ]);
    const to = ["--connect-to", `::127.0.0.1:${echo.port}`, "--noproxy", "*"];
    await run("curl", ["-sS", ...to, "-c", folder.at("jar.txt"), "http://www.example.com/"]);
    const { cookies } = parseCookies(await readFile(folder.at("jar.txt"), "utf8"));
    expect(byName(cookies)).toMatchObject([
      { name: "nothing", value: "", host: "www.example.com", hostOnly: true, expiresMs: null },
      { name: "sid", value: "one", host: "www.example.com", hostOnly: true, httpOnly: true, expiresMs: null },
      { name: "token", value: "two", host: "example.com", hostOnly: false, httpOnly: false },
    ]);
  });
});

/** So that none of many takes the place of another. */
function withOwnName(cookie: Cookie, index: number): Cookie {
  return { ...cookie, name: `${cookie.name}.${index}` };
}

function byName(cookies: readonly Cookie[]): readonly Cookie[] {
  return [...cookies].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Answers with the cookies that it got, and sets some. */
async function echoServer(set: readonly string[] = []): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    response.setHeader("set-cookie", set).end(Buffer.from(request.headers.cookie ?? "", "latin1"));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
