import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserKind, type LiveBrowser, openBrowser } from "../../test/live/browsers.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { serveSite } from "../engine/browser-profile.ts";
import type { Contestant, Session } from "../engine/programs.ts";
import { type FolderSize, folderSize } from "../support/folder-size.ts";

/** What one program stores of the profile of a browser that runs. */
export interface SizeRow {
  readonly program: string;
  /** Of the repository after the first save, key and all. */
  readonly firstBytes: number;
  /** By which the repository grew with a second save, after the browser was idle. */
  readonly nextBytes: number;
}

/** All programs on the profile of one browser. */
export interface BrowserSizes {
  readonly browser: BrowserKind;
  /** After the visits, as it is on the disk. */
  readonly profile: FolderSize;
  readonly idleSeconds: number;
  readonly rows: readonly SizeRow[];
}

/** What is measured. */
export interface SizeOptions {
  readonly browser: BrowserKind;
  readonly program: string;
  readonly contestants: readonly Contestant[];
  /** Between the two saves. */
  readonly idleSeconds: number;
}

const WANTED_BYTES = 60_000_000;
const VISITS_MAX = 60;
/** As an app does that looks for news; each answer renews the cookie of the session. */
const POLL = `setInterval(() => fetch("/poll/" + Date.now() % 1e6), 5000)`;

/**
 * Fills the profile of a browser with visits, saves it while the browser runs, leaves the browser alone
 * with a page that polls, and saves again.
 */
export async function measureSizes(options: SizeOptions): Promise<BrowserSizes> {
  const { browser: kind, program, contestants, idleSeconds } = options;
  await using folder = await temporaryFolder();
  const profile = folder.at("profile");
  const server = await serveSite();
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    await using browser = await openBrowser(kind, program, profile, folder.at("home"));
    await visit(browser, profile, url);
    const sessions: Session[] = [];
    for (const [number, contestant] of contestants.entries()) {
      mkdirSync(folder.at(`${number}`));
      sessions.push(await contestant.open(folder.at(`${number}`)));
    }
    const sizes = async (): Promise<readonly number[]> => {
      for (const session of sessions) await session.save(profile);
      return sessions.map(({ repository }) => folderSize(repository).bytes);
    };
    const used = folderSize(profile);
    const first = await sizes();
    await browser.page.evaluate(POLL);
    await delay(idleSeconds * 1000);
    const next = await sizes();
    return {
      browser: kind,
      profile: used,
      idleSeconds,
      rows: contestants.map(({ name }, number) => ({
        program: name,
        firstBytes: first[number] ?? 0,
        nextBytes: (next[number] ?? 0) - (first[number] ?? 0),
      })),
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function visit(browser: LiveBrowser, profile: string, url: string): Promise<void> {
  for (let number = 0; number < VISITS_MAX && folderSize(profile).bytes < WANTED_BYTES; number++) {
    await browser.page.goto(`${url}/page/${number}`);
    await browser.page.evaluate(`fillStorage(${number})`);
  }
}
