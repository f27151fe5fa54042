import { describe, expect, it } from "vitest";
import type { Cookie } from "../../src/browser/cookie.ts";
import { createProfile, readProfileCookies, type BrowserKind } from "../../src/browser/databases/profile.ts";
import { readBrowser, writeBrowser } from "../../src/browser/live/browser.ts";
import { isWithinSite } from "../../src/browser/site.ts";
import { LONG } from "../support/long.ts";
import { printedSeed } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { comparable, manyCookies } from "./many-cookies.ts";
import { installedBrowsers, startBrowser } from "./running-browser.ts";

const COUNT = LONG ? 1000 : 60;
const limit = (): { readonly signal: AbortSignal } => ({
  signal: AbortSignal.timeout(LONG ? 20 * 60_000 : 55_000),
});

/** What a browser keeps of a cookie in its own files. */
const inProfile: Record<BrowserKind, (cookie: Cookie) => Partial<Cookie>> = {
  chromium: () => ({ container: 0, createdMs: null, lastAccessMs: null }),
  firefox: () => ({ sourcePort: null, priority: "medium", createdMs: null, lastAccessMs: null }),
};

/** What a browser tells about a cookie while it runs. */
const whileRunning: Record<BrowserKind, (cookie: Cookie) => Partial<Cookie>> = {
  chromium: inProfile.chromium,
  firefox: (cookie) => ({
    ...inProfile.firefox(cookie),
    sourceScheme: null,
    expiresMs: cookie.expiresMs === null ? null : Math.round(cookie.expiresMs / 1000) * 1000,
    // BiDi does not tell a site's own partition from none.
    partition:
      cookie.partition !== null && isWithinSite(cookie.host, cookie.partition.topLevelSite)
        ? null
        : cookie.partition,
  }),
};

/** Firefox takes no cookie without a name. */
function cookiesFor(kind: BrowserKind): readonly Cookie[] {
  const cookies = manyCookies(COUNT, printedSeed(`${COUNT} cookies for ${kind}`));
  return kind === "firefox" ? cookies.filter(({ name }) => name !== "") : cookies;
}

/** What a browser keeps of a cookie that it got while it ran. */
const sentToRunning: Record<BrowserKind, (cookie: Cookie) => Partial<Cookie>> = {
  // A secure cookie of a connection that was not is refused over CDP.
  chromium: (cookie) => ({
    ...inProfile.chromium(cookie),
    sourceScheme: cookie.secure && cookie.sourceScheme === "http" ? null : cookie.sourceScheme,
  }),
  firefox: (cookie) => ({ ...whileRunning.firefox(cookie), partition: cookie.partition }),
};

/** What the protocol has no way to say. */
const canBeSent: Record<BrowserKind, (cookie: Cookie) => boolean> = {
  chromium: () => true,
  // Firefox 153 takes only some characters, and sets no partition for a frame of the site's own.
  firefox: ({ value, partition, host }) =>
    Buffer.from(value, "latin1").toString("latin1") === value &&
    !(partition?.hasCrossSiteAncestor === true && isWithinSite(host, partition.topLevelSite)),
};

describe.each(await installedBrowsers())("a real %s", { timeout: LONG ? 20 * 60_000 : 60_000 }, (kind) => {
  it(`has ${COUNT} cookies that were written into a fresh profile, and keeps them`, async () => {
    await using folder = await temporaryFolder();
    const profile = folder.at("profile");
    const cookies = cookiesFor(kind);
    const nowMs = Date.now();
    await createProfile(kind, profile, cookies);
    await using browser = await startBrowser(kind, profile);
    const seen = await readBrowser(browser.url, limit());
    const running = whileRunning[kind];
    expect(comparable(seen.cookies, nowMs, running)).toEqual(comparable(cookies, nowMs, running));

    await browser.stop();
    const { jar, locked } = await readProfileCookies({ kind, path: profile });
    expect(locked).toEqual([]);
    expect(comparable(jar.cookies, nowMs, inProfile[kind])).toEqual(
      comparable(cookies, nowMs, inProfile[kind]),
    );
  });
  it("takes them while it runs, and its profile has them afterwards", async () => {
    await using folder = await temporaryFolder();
    const profile = folder.at("profile");
    const cookies = cookiesFor(kind).filter(canBeSent[kind]);
    const nowMs = Date.now();
    await using browser = await startBrowser(kind, profile);
    await writeBrowser(browser.url, { cookies, localStorage: [] }, limit());
    const sent = sentToRunning[kind];
    const running = (cookie: Cookie): Partial<Cookie> => ({
      ...whileRunning[kind](cookie),
      sourceScheme: sent(cookie).sourceScheme ?? null,
    });
    const seen = await readBrowser(browser.url, limit());
    expect(comparable(seen.cookies, nowMs, running)).toEqual(comparable(cookies, nowMs, running));

    await browser.stop();
    const { jar, locked } = await readProfileCookies({ kind, path: profile });
    expect(locked).toEqual([]);
    expect(comparable(jar.cookies, nowMs, sent)).toEqual(comparable(cookies, nowMs, sent));
  });
});
