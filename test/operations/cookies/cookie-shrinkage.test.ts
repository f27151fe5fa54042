import { rm } from "node:fs/promises";
import { afterEach, expect, test, vi } from "vitest";
import type { Cookie, OriginStorage } from "../../../src/browser/cookie.ts";
import { createProfile } from "../../../src/browser/databases/profile.ts";
import { restoreCookies } from "../../../src/operations/cookies/restore-cookies.ts";
import { saveCookies } from "../../../src/operations/cookies/save-cookies.ts";
import { openTestState, type TestState } from "../state.ts";
import { testCookie } from "./test-cookie.ts";

afterEach(() => void vi.useRealTimers());

function cookiesOf(count: number, given: Partial<Cookie> = {}): Cookie[] {
  return Array.from({ length: count }, (_, index) => testCookie({ name: `c${index}`, ...given }));
}

/** Makes a Firefox profile anew. */
async function makeProfile(
  state: TestState,
  cookies: readonly Cookie[],
  { name = "firefox", storage = [] as readonly OriginStorage[] } = {},
): Promise<void> {
  await rm(state.at(name), { recursive: true, force: true });
  await createProfile("firefox", state.at(name), cookies, storage);
}

/** A state folder with one Firefox profile that has some cookies. */
async function stateWithCookies(count: number): Promise<TestState> {
  const state = await openTestState();
  await makeProfile(state, cookiesOf(count));
  return state;
}

test("cookies that are suddenly gone are saved beside the good ones", async () => {
  await using state = await stateWithCookies(40);
  const given = { ...state.access, ...state.request };
  const good = await saveCookies(given);
  await makeProfile(state, cookiesOf(1, { name: "consent" }));
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, tags: ["cookies", "shrunk"] });
  expect(await restoreCookies(given)).toMatchObject({ snapshot: good.snapshot });
  await makeProfile(state, []);
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, parent: good.snapshot });
  expect(await saveCookies({ ...given, allowShrink: true })).toMatchObject({ shrunk: false });
});

test("a large localStorage does not hide that cookies are gone, nor many cookies that it is", async () => {
  await using state = await stateWithCookies(0);
  const given = { ...state.access, ...state.request };
  const storage = [{ origin: "https://app.example", items: [{ name: "a", value: "v".repeat(100_000) }] }];
  await makeProfile(state, cookiesOf(40), { storage });
  const good = await saveCookies(given);
  await makeProfile(state, cookiesOf(1), { storage });
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, parent: good.snapshot });
  await makeProfile(state, cookiesOf(40));
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, parent: good.snapshot });
  await makeProfile(state, cookiesOf(39), { storage });
  expect(await saveCookies(given)).toMatchObject({ shrunk: false, parent: good.snapshot });
});

test("a few cookies may become fewer", async () => {
  await using state = await stateWithCookies(2);
  const given = { ...state.access, ...state.request };
  await saveCookies(given);
  await makeProfile(state, cookiesOf(1));
  expect(await saveCookies(given)).toMatchObject({ shrunk: false });
});

test("the cookies of one profile do not hide that those of another are gone", async () => {
  await using state = await stateWithCookies(40);
  const given = { ...state.access, ...state.request };
  await makeProfile(state, cookiesOf(2), { name: "second" });
  const good = await saveCookies(given);
  await makeProfile(state, [], { name: "second" });
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, parent: good.snapshot });
  await rm(state.at("second"), { recursive: true });
  expect(await saveCookies(given)).toMatchObject({ shrunk: true, parent: good.snapshot });
  await makeProfile(state, cookiesOf(2), { name: "second" });
  await makeProfile(state, cookiesOf(1), { name: "third" });
  expect(await saveCookies(given)).toMatchObject({ shrunk: false, parent: good.snapshot });
});

test("cookies that have expired since they were saved are no loss", async () => {
  await using state = await openTestState();
  const given = { ...state.access, ...state.request };
  const expiresMs = Date.now() + 3_600_000;
  const lasting = testCookie({ name: "lasting" });
  await makeProfile(state, [...cookiesOf(40, { expiresMs }), lasting]);
  await saveCookies(given);
  vi.useFakeTimers({ now: expiresMs + 1, toFake: ["Date"] });
  await makeProfile(state, [lasting]);
  expect(await saveCookies(given)).toMatchObject({ shrunk: false });
});

test("behind a snapshot that is damaged, what is saved is held against the one before", async () => {
  await using state = await stateWithCookies(40);
  const given = { ...state.access, ...state.request };
  await saveCookies(given);
  const before = await packsOf(state);
  await makeProfile(state, cookiesOf(41));
  await saveCookies(given);
  for (const name of await packsOf(state)) if (!before.includes(name)) await given.store.remove([name]);
  await makeProfile(state, []);
  expect(await saveCookies(given)).toMatchObject({ shrunk: true });
  // Where none can be read, there is nothing to lose.
  for (const name of await packsOf(state)) await given.store.remove([name]);
  expect(await saveCookies(given)).toMatchObject({ shrunk: false });
});

test("localStorage that is too large for a file is left out, said so, and not lost", async () => {
  await using state = await openTestState();
  const given = { ...state.access, ...state.request };
  const storage = (value: string): OriginStorage[] =>
    Array.from({ length: 14 }, (_, index) => ({
      origin: `https://app${index}.example`,
      items: [{ name: "large", value }],
    }));
  await makeProfile(state, cookiesOf(2), { storage: storage("small") });
  await saveCookies(given);
  await makeProfile(state, cookiesOf(2), { storage: storage("v".repeat(5_000_000)) });
  const profiles = [{ profile: "firefox", cookies: 2, origins: 0, origins_left_out: 14 }];
  expect(await saveCookies(given)).toMatchObject({ profiles, shrunk: false });
});

async function packsOf({ access }: TestState): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of access.store.list("data/")) names.push(name);
  return names;
}
