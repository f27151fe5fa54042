import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Cookie } from "../../../src/browser/cookie.ts";
import {
  type GivenCookiesRequest,
  type GivenCookiesResult,
  importGivenCookies,
} from "../../../src/operations/cookies/given-cookies.ts";
import { importCookies } from "../../../src/operations/cookies/import-cookies.ts";
import { readCookies } from "../../../src/operations/cookies/read-cookies.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { sealCookies } from "../../../src/operations/cookies/sealed-cookies.ts";
import { lockCookie, makeChromium, makeFirefox } from "../../cli/cookie-profiles.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openTestState } from "../state.ts";
import { testCookie } from "./test-cookie.ts";

const PASSWORD = "correct horse";

function seal(...cookies: readonly Cookie[]): Promise<string> {
  return sealCookies({ cookies, localStorage: [] }, PASSWORD);
}

interface Scene extends AsyncDisposable {
  at(...segments: string[]): string;
  give(line: string | undefined, given?: Partial<GivenCookiesRequest>): Promise<GivenCookiesResult | null>;
  values(profile?: string): Promise<Readonly<Record<string, string>>>;
}

async function scene(environment: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const folder = await temporaryFolder();
  const state = [folder.at("data")];
  return {
    at: (...segments) => folder.at(...segments),
    give: async (line, given) =>
      await importGivenCookies(
        { ...environment, HOLDFAST_COOKIES: line },
        { state, password: PASSWORD, ...given },
      ),
    async values(profile) {
      const { jar } = await readCookies({ state, profile });
      return Object.fromEntries(jar.cookies.map(({ name, value }) => [name, value]));
    },
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
}

const MAKERS = { chromium: makeChromium, firefox: makeFirefox } as const;

test("without the variable nothing happens, also without a password", async () => {
  await using place = await scene();
  for (const line of [undefined, "", " \n"]) expect(await place.give(line, { password: "" })).toBeNull();
});

test.each(["chromium", "firefox"] as const)("into the only profile, %s: once for each line", async (kind) => {
  await using place = await scene();
  await MAKERS[kind](place.at("data", "profile"), [
    testCookie({ name: "own" }),
    testCookie({ value: "old" }),
  ]);
  const line = await seal(testCookie({ value: "given" }), testCookie({ name: "dead", expiresMs: 1000 }));
  const imported = { outcome: "imported", profile: "profile", created: false, cookies: 1, expired: 1 };
  expect(await place.give(line)).toEqual(imported);
  expect(await place.values()).toEqual({ own: "secret-value", session: "given" });

  // The site has renewed it; the line, as old as it is, must not come back.
  const renewed = { cookies: [testCookie({ value: "renewed" })], localStorage: [] };
  await importCookies({ state: [place.at("data")], from: { kind: "jar", jar: renewed } });
  expect(await place.give(` ${line}\n`)).toMatchObject({ outcome: "known", profile: "profile", cookies: 0 });
  expect(await place.values()).toEqual({ own: "secret-value", session: "renewed" });
  // A new export wins.
  expect(await place.give(await seal(testCookie({ value: "new" })))).toMatchObject({ outcome: "imported" });
  expect(await place.values()).toEqual({ own: "secret-value", session: "new" });
  // A profile that was made anew has not had it.
  await rm(place.at("data", "profile"), { recursive: true });
  await MAKERS[kind](place.at("data", "profile"), []);
  expect(await place.give(line)).toMatchObject({ outcome: "imported", cookies: 1 });
});

test("the mark is saved and restored with the profile", async () => {
  await using state = await openTestState();
  await makeFirefox(state.at("firefox"), []);
  const environment = { HOLDFAST_COOKIES: await seal(testCookie({})) };
  const give = async (): Promise<string | undefined> =>
    (await importGivenCookies(environment, { state: [state.folder], password: PASSWORD }))?.outcome;
  expect(await give()).toBe("imported");
  const request = { ...state.access, ...state.request };
  await save(request);
  await rm(state.folder, { recursive: true });
  await restore(request);
  expect(await give()).toBe("known");
});

test("the mark is private, and tells neither line nor value", async () => {
  await using place = await scene();
  await makeFirefox(place.at("data", "firefox"), []);
  await place.give(await seal(testCookie({})));
  const path = join(place.at("data", "firefox"), ".holdfast-given-cookies");
  expect(await readFile(path, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("without a profile, and without a name for one, it waits", async () => {
  await using place = await scene({ PATH: "/nowhere" });
  const line = await seal(testCookie({}));
  const none = { outcome: "no-profile", profile: null, created: false, cookies: 0, expired: 0 };
  expect(await place.give(line)).toEqual(none);
  await mkdir(place.at("data"));
  expect(await place.give(line)).toEqual(none);
  // Nothing says which browser it is for.
  expect(await place.give(line, { profile: "profile" })).toEqual(none);
});

test.each([
  ["camoufoxUserData", undefined, "cookies.sqlite"],
  ["chrome", undefined, "Default/Cookies"],
  ["profile", "firefox", "cookies.sqlite"],
  ["profile", "chromium", "Default/Cookies"],
] as const)("a named profile is made: %s, %s", async (profile, fresh, file) => {
  await using place = await scene({ PATH: "/nowhere" });
  const line = await seal(testCookie({ value: "given" }));
  const made = await place.give(line, { profile, fresh });
  expect(made).toMatchObject({ outcome: "imported", profile, created: true, cookies: 1 });
  await stat(place.at("data", profile, file));
  expect(await place.values(profile)).toEqual({ session: "given" });
  expect(await place.give(line, { profile, fresh })).toMatchObject({ outcome: "known" });
});

test("the browser that is installed decides where the name does not", async () => {
  await using place = await scene({ PATH: "/nowhere", FIREFOX_BIN: process.execPath });
  await place.give(await seal(testCookie({})), { profile: "profile" });
  await stat(place.at("data", "profile", "cookies.sqlite"));
});

test("a line with nothing alive in it changes nothing", async () => {
  await using place = await scene();
  await makeFirefox(place.at("data", "firefox"), [testCookie({ value: "own" })]);
  const dead = await seal(testCookie({ expiresMs: 1000 }));
  expect(await place.give(dead)).toMatchObject({ outcome: "expired", cookies: 0, expired: 1 });
  expect(await place.values()).toEqual({ session: "own" });
});

test("errors are typed, change nothing, and hold no value", async () => {
  await using place = await scene();
  await makeFirefox(place.at("data", "firefox"), [testCookie({ value: "own" })]);
  const line = await seal(testCookie({ value: "hunter2" }));
  const cases = [
    [line, { password: "wrong" }, "WRONG_PASSWORD"],
    [line, { password: "" }, "CONFIG"],
    ["hunter2", {}, "COOKIE_FILE"],
    [line.slice(0, 30), {}, "COOKIE_FILE"],
    [line, { signal: AbortSignal.abort() }, "CANCELLED"],
  ] as const;
  for (const [given, request, code] of cases) {
    const failure: unknown = await place.give(given, request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(failure)).not.toMatch(/hunter2|hfc1_[\w-]/);
  }
  expect(await place.values()).toEqual({ session: "own" });
  await makeFirefox(place.at("data", "second"), []);
  await expect(place.give(line)).rejects.toMatchObject({ code: "CONFIG" });
  await expect(place.give(line, { profile: "../firefox" })).rejects.toMatchObject({ code: "UNSAFE_PATH" });
});

test("a profile with cookies of a keyring is refused, as by an import", async () => {
  await using place = await scene();
  await makeChromium(place.at("data", "chromium"), [testCookie({ name: "locked" })]);
  lockCookie(place.at("data", "chromium"), "locked");
  await expect(place.give(await seal(testCookie({})))).rejects.toMatchObject({ code: "COOKIE_ENCRYPTED" });
  expect(await place.give(undefined)).toBeNull();
});
