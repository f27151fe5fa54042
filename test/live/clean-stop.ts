import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserKind, mainProcessOf } from "./browsers.ts";
import type { Writer } from "./writer.ts";

/** Ways to end a browser after which its profile holds everything. */
export const CLEAN_STOPS: Readonly<Record<BrowserKind, readonly [CleanStop, ...CleanStop[]]>> = {
  chromium: ["SIGINT", "protocol"],
  firefox: ["protocol", "close pages, SIGTERM"],
};

/**
 * `protocol`: as its driver closes it, over CDP or WebDriver BiDi. `close pages, SIGTERM`: every page is
 * closed first, which makes Firefox write what it holds for them; going elsewhere does not.
 */
export type CleanStop = "protocol" | "SIGINT" | "close pages, SIGTERM";

/** Firefox writes within a second what belongs to pages that are gone. */
const CLOSED_MS = 1_500;
const WAIT_MS = 30_000;

/** Ends the browser of a writer, and returns when it is gone. */
export async function stopCleanly(writer: Writer, how: CleanStop): Promise<void> {
  if (how === "protocol") {
    await writer.browser.close();
    return;
  }
  const pid = mainProcessOf(writer.profile);
  if (how === "close pages, SIGTERM") {
    await writer.closePages();
    await delay(CLOSED_MS); // nothing tells when it has written
  }
  process.kill(pid, how === "SIGINT" ? "SIGINT" : "SIGTERM");
  const untilMs = performance.now() + WAIT_MS;
  while (existsSync(`/proc/${pid}/exe`)) {
    if (performance.now() > untilMs) throw new Error(`the browser does not end on ${how}`);
    await delay(10);
  }
}
