import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseCookies } from "../../src/browser/formats/cookie-files.ts";
import type { CookieStatusResult } from "../../src/operations/cookies/cookie-status.ts";
import { run } from "../support/run.ts";
import { COOKIES, expireCookies, lockCookie, makeChromium, makeFirefox, SECRET } from "./cookie-profiles.ts";
import { type CliResult, openWorkbench, reportedError, type Workbench } from "./workbench.ts";

async function withFirefox(): Promise<Workbench> {
  const bench = await openWorkbench();
  await makeFirefox(bench.at("data", "firefox"));
  return bench;
}

function namesIn(text: string): string[] {
  return parseCookies(text)
    .cookies.map(({ name }) => name)
    .sort();
}

const ALL = COOKIES.map(({ name }) => name).sort();

/** Values are nowhere but where they belong. */
function expectNoSecret({ stdout, stderr }: CliResult): void {
  expect(stdout + stderr).not.toContain(SECRET);
}

test("export writes a file for this user only, in place of a readable one", async () => {
  await using bench = await withFirefox();
  await writeFile(bench.at("cookies.json"), "old", { mode: 0o644 });
  const result = await bench.run(["cookies", "export"]);
  expect(result).toMatchObject({ status: 0, stderr: "" });
  expect(result.stdout).toBe("exported 6 cookies of firefox to cookies.json\n");
  expectNoSecret(result);
  expect((await stat(bench.at("cookies.json"))).mode & 0o777).toBe(0o600);
  expect(namesIn(await readFile(bench.at("cookies.json"), "utf8"))).toEqual(ALL);
  expect((await readdir(bench.path)).sort()).toEqual(["cookies.json", "data"]);
});

test.each([
  ["netscape", "cookies.txt", 5],
  ["cookie-editor", "cookies.json", 6],
])("export as %s, and back into the other browser", async (format, file, count) => {
  await using bench = await withFirefox();
  const exported = await bench.run(["cookies", "export", "--format", format, "--json"]);
  expect(JSON.parse(exported.stdout)).toMatchObject({ to: file, cookies: count, text: null });
  expect(exported.stderr === "").toBe(count === 6);
  const imported = await bench.run(["cookies", "import", file, "--fresh", "chromium"]);
  expect(imported).toMatchObject({
    status: 0,
    stdout: `imported ${count} cookies into the new chromium\n`,
    stderr: "",
  });
  const { stdout } = await bench.run(["cookies", "export", "--profile", "chromium", "--out", "-"]);
  expect(namesIn(stdout)).toEqual(ALL.filter((name) => count === 6 || name !== "framed"));
});

test("only some domains, on standard output, and back from standard input", async () => {
  await using bench = await withFirefox();
  const domains = ["--domain", "example.com", "--domain", "bob.github.io"];
  const { stdout, stderr } = await bench.run(["cookies", "export", "--out", "-", ...domains]);
  expect(stderr).toBe("");
  expect(namesIn(stdout)).toEqual(["all", "brief", "session", "two"]);
  await writeFile(bench.at("piped"), stdout);
  const { command, env } = bench.holdfast;
  const line = `cat piped | "$0" "$@" cookies import - --fresh chromium --domain example.com`;
  const piped = await run("sh", ["-c", line, ...command], { cwd: bench.path, env });
  expect(piped.stdout.toString()).toBe("imported 3 cookies into the new chromium\n");
});

test("one encrypted line for a secret of a host, and back", async () => {
  await using bench = await withFirefox();
  const { stdout, stderr } = await bench.run(["cookies", "export", "--env"]);
  expect(stdout).toMatch(/^hfc1_[\w-]+\n$/);
  expect(stderr).toMatch(/the line holds 6 cookies in \d+ B; give it to the host as HOLDFAST_COOKIES/);
  const variables = { HOLDFAST_COOKIES: stdout.trim() };
  const imported = await bench.run(["cookies", "import", "--env", "--fresh", "chromium"], variables);
  expect(imported).toMatchObject({ status: 0, stdout: "imported 6 cookies into the new chromium\n" });
  expect(imported.stderr).toBe("");
  const other = { ...variables, HOLDFAST_PASSWORD: "another" };
  expect(reportedError(await bench.run(["cookies", "import", "--env", "--json"], other))).toMatchObject({
    status: 2,
    code: "WRONG_PASSWORD",
  });
  const none = await bench.run(["cookies", "export", "--env", "--json"], { HOLDFAST_PASSWORD: "" });
  expect(reportedError(none)).toMatchObject({ status: 2, code: "CONFIG" });
});

test("with several profiles, one has to be named", async () => {
  await using bench = await withFirefox();
  await makeChromium(bench.at("data", "deep", "chrome"));
  const error = reportedError(await bench.run(["cookies", "export", "--json"]));
  expect(error).toMatchObject({ status: 2, code: "CONFIG" });
  expect(error.message).toBe("there are several browser profiles: deep/chrome, firefox");
  for (const profile of ["deep/chrome", "data/deep/chrome", "data/deep/chrome/Default"]) {
    const result = await bench.run(["cookies", "export", "--profile", profile, "--json"]);
    expect(JSON.parse(result.stdout)).toMatchObject({ from: "deep/chrome", cookies: 6 });
  }
  const wrong = reportedError(await bench.run(["cookies", "export", "--profile", "x", "--json"]));
  expect(wrong).toMatchObject({ code: "CONFIG", hint: "those of the state are: deep/chrome, firefox" });
});

test("a profile anywhere on this machine, without a state folder", async () => {
  await using bench = await openWorkbench();
  await makeChromium(bench.at("home", "google-chrome"));
  const path = bench.at("home", "google-chrome", "Default");
  const result = await bench.run(["cookies", "export", "--profile", path, "--json"]);
  expect(JSON.parse(result.stdout)).toMatchObject({ from: path, cookies: 6 });
});

test("status shows what is alive and until when, and watches sites", async () => {
  await using bench = await withFirefox();
  expireCookies(bench.at("data", "firefox"), "two");
  const watch = [
    "example.com",
    "www.example.com:session",
    "example.com:gone",
    "bob.github.io",
    "example.net",
  ];
  const args = ["cookies", "status", ...watch.flatMap((site) => ["--watch", site])];
  const result = await bench.run([...args, "--json"]);
  expect(result.status).toBe(3);
  expect(result.stderr).toBe(
    "holdfast: error: logged out of example.com, bob.github.io, example.net\n" +
      "hint: log in again, then save: holdfast save\n",
  );
  expectNoSecret(result);
  const { profiles, watched } = JSON.parse(result.stdout) as CookieStatusResult;
  expect(watched.map((site) => site.logged_in)).toEqual([true, true, false, false, false]);
  expect(watched[2]).toEqual({ site: "example.com", cookie: "gone", logged_in: false, expires: null });
  const states = profiles[0]?.sites.map(({ site, cookies }) => [
    site,
    cookies.map(({ name, state }) => `${name} ${state}`),
  ]);
  expect(states).toEqual([
    ["ada.github.io", ["one living"]],
    ["bob.github.io", ["two expired"]],
    ["example.com", ["all living", "brief session", "session living"]],
    ["example.org", ["framed living"]],
  ]);
  const text = (await bench.run(args)).stdout.replaceAll(
    /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g,
    "2026-01-01 00:00:00",
  );
  expect(text).toMatchInlineSnapshot(`
    "firefox
    site           alive  session  dead  first expires        last expires
    ada.github.io      1        0     0  2026-01-01 00:00:00  2026-01-01 00:00:00
    bob.github.io      0        0     1  -                    -
    example.com        2        1     0  2026-01-01 00:00:00  2026-01-01 00:00:00
    example.org        1        0     0  2026-01-01 00:00:00  2026-01-01 00:00:00  1 partitioned

    example.com: logged in until 2026-01-01 00:00:00
    www.example.com (session): logged in until 2026-01-01 00:00:00
    example.com (gone): logged out
    bob.github.io: logged out
    example.net: logged out
    "
  `);
});

test("watched sites can come from a variable; all is well when they are alive", async () => {
  await using bench = await withFirefox();
  const variables = { HOLDFAST_WATCH: "example.com:session, ada.github.io" };
  const result = await bench.run(["cookies", "status", "--quiet"], variables);
  expect(result).toMatchObject({ status: 0, stderr: "" });
  expect(result.stdout).toContain("example.com (session): logged in until");
});

test("cookies alone are saved and restored, and neither is taken for the other", async () => {
  await using bench = await withFirefox();
  const saved = await bench.run(["save", "--only", "cookies"]);
  expect(saved).toMatchObject({ status: 0, stderr: "" });
  expect(saved.stdout).toMatch(/^saved [0-9a-f]{8}: 6 cookies of firefox, \d+\.\d KiB stored in /);
  expect(reportedError(await bench.run(["restore", "--json"]))).toMatchObject({
    status: 3,
    code: "NO_SNAPSHOT",
  });
  await run("rm", ["-r", bench.at("data")]);
  const restored = await bench.run(["restore", "--only", "cookies"]);
  expect(restored.stdout).toContain(`6 cookies to the new ${bench.at("data", "firefox")}`);
  expectNoSecret(restored);
  const { stdout } = await bench.run(["cookies", "export", "--out", "-"]);
  expect(namesIn(stdout)).toEqual(ALL);
  const forced = await bench.run(["restore", "--only", "cookies", "--force", "--json"]);
  expect(reportedError(forced)).toMatchObject({ status: 2, code: "CONFIG" });
});

test("a file with wrong fields changes nothing, and is not quoted", async () => {
  await using bench = await withFirefox();
  const before = await readFile(bench.at("data", "firefox", "cookies.sqlite"));
  const good = { name: "new", value: SECRET, domain: "example.com", path: "/", expires: -1 };
  const files = {
    "broken.json": `[{"name":"x","value":"${SECRET}"`,
    "fields.json": JSON.stringify({ cookies: [good, { ...good, path: 7 }], origins: [] }),
    "refused.json": JSON.stringify({ cookies: [good, { ...good, name: "__Host-x" }], origins: [] }),
    "text.json": SECRET,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(bench.at(name), text);
    const result = await bench.run(["cookies", "import", name, "--json"]);
    expect(reportedError(result), name).toMatchObject({ status: 2, code: "COOKIE_FILE" });
    expectNoSecret(result);
  }
  const fresh = await bench.run(["cookies", "import", "refused.json", "--fresh", "chromium", "--json"]);
  expect(reportedError(fresh)).toMatchObject({ code: "COOKIE_FILE" });
  expect(await readFile(bench.at("data", "firefox", "cookies.sqlite"))).toEqual(before);
  expect(await readdir(bench.at("data"))).toEqual(["firefox"]);
});

test("a damaged database and one of an unknown schema change nothing", async () => {
  await using bench = await withFirefox();
  await bench.run(["cookies", "export", "--out", "good.json"]);
  const path = bench.at("data", "firefox", "cookies.sqlite");
  const bytes = await readFile(path);
  const ofLaterSchema = Buffer.from(bytes);
  ofLaterSchema.writeUInt32BE(99, 60); // user_version (SQLite file format, 1.3)
  const damaged = Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xff)]);
  for (const [content, code, status] of [
    [damaged, "PROFILE_DAMAGED", 5],
    [ofLaterSchema, "PROFILE_UNSUPPORTED", 1],
  ] as const) {
    await writeFile(path, content);
    for (const args of [["import", "good.json"], ["export"], ["status"]]) {
      const result = await bench.run(["cookies", ...args, "--json"]);
      expect(reportedError(result), args.join(" ")).toMatchObject({ status, code });
    }
    expect(await readFile(path)).toEqual(content);
    const saved = reportedError(await bench.run(["save", "--only", "cookies", "--json"]));
    expect(saved).toMatchObject({ status, code });
  }
  expect((await readdir(bench.path)).sort()).toEqual(["data", "good.json"]);
});

test("cookies that a keyring locks are an error, unless others are meant; status shows them", async () => {
  await using bench = await openWorkbench();
  await makeChromium(bench.at("data", "chromium"));
  lockCookie(bench.at("data", "chromium"), "one");
  for (const args of [
    ["cookies", "export"],
    ["save", "--only", "cookies"],
  ]) {
    const error = reportedError(await bench.run([...args, "--json"]));
    expect(error).toMatchObject({ status: 1, code: "COOKIE_ENCRYPTED" });
    expect(error.message).toContain("ada.github.io");
  }
  expect(await readdir(bench.path)).toEqual(["data"]);
  expect((await bench.run(["cookies", "export", "--domain", "example.com"])).status).toBe(0);
  const status = await bench.run(["cookies", "status", "--watch", "ada.github.io"]);
  expect(status.status).toBe(3);
  expect(status.stdout).toContain("1 locked by a keyring");
  const before = await readFile(bench.at("data", "chromium", "Default", "Cookies"));
  const imported = await bench.run(["cookies", "import", "--json"]);
  expect(reportedError(imported)).toMatchObject({ status: 1, code: "COOKIE_ENCRYPTED" });
  expect(await readFile(bench.at("data", "chromium", "Default", "Cookies"))).toEqual(before);
});

test("a new profile never replaces what is there", async () => {
  await using bench = await withFirefox();
  await bench.run(["cookies", "export"]);
  const again = reportedError(await bench.run(["cookies", "import", "--fresh", "firefox", "--json"]));
  expect(again).toMatchObject({ status: 2, code: "TARGET_NOT_EMPTY" });
  const outside = ["cookies", "import", "--fresh", "firefox", "--profile", "../outside", "--json"];
  expect(reportedError(await bench.run(outside))).toMatchObject({ status: 5, code: "UNSAFE_PATH" });
  expect((await readdir(bench.path)).sort()).toEqual(["cookies.json", "data"]);
});

test("cookies that have all expired are told apart from none", async () => {
  await using bench = await withFirefox();
  const old = { name: "x", value: SECRET, domain: "example.com", path: "/", expires: 1000 };
  await writeFile(bench.at("old.json"), JSON.stringify({ cookies: [old], origins: [] }));
  const result = await bench.run(["cookies", "import", "old.json"]);
  expect(result).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("have expired already") as string,
  });
});

test.each<[what: string, args: readonly string[], message: string]>([
  ["no file", ["import"], "there is no file cookies.json"],
  ["two sources", ["import", "x", "--env"], "both a file and another source of cookies are named"],
  ["no line", ["import", "--env"], "the variable HOLDFAST_COOKIES is not set"],
  ["no uuid", ["export", "--cookiecloud", "http://127.0.0.1:9"], "the uuid of CookieCloud is not set"],
  ["no domain", ["export", "--domain", "https://x.y"], "'https://x.y' is not a domain"],
  ["no site", ["status", "--watch", ":x"], "':x' names no site to watch"],
  [
    "a format that is not known",
    ["export", "--format", "xml"],
    "option '--format <format>' argument 'xml' is invalid",
  ],
  [
    "two places",
    ["export", "--connect", "http://127.0.0.1:9", "--profile", "x"],
    "cannot be used with option",
  ],
])("wrong use: %s", async (_, args, message) => {
  await using bench = await openWorkbench();
  await mkdir(bench.at("data"));
  const error = reportedError(await bench.run(["cookies", ...args, "--json"]));
  expect(error).toMatchObject({ status: 2, code: "CONFIG" });
  expect(error.message).toContain(message);
});

test("without a profile", async () => {
  await using bench = await openWorkbench();
  await mkdir(bench.at("data"));
  const error = reportedError(await bench.run(["cookies", "export", "--json"]));
  expect(error).toMatchObject({ code: "CONFIG", message: "there is no browser profile in data" });
  expect((await bench.run(["cookies", "status"])).stdout).toBe("there is no browser profile\n");
});

test("no browser at the address", async () => {
  await using bench = await openWorkbench();
  const args = ["cookies", "status", "--connect", "http://127.0.0.1:1", "--json"];
  expect(reportedError(await bench.run(args))).toMatchObject({ status: 1, code: "BROWSER_UNREACHABLE" });
});
