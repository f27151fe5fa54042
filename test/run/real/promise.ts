import { expect, test } from "vitest";
import { LOGGED_IN } from "../../../demo/browser.ts";
import { startWebApp } from "../../../demo/web-app.ts";
import { findProgram, runProgram } from "../../../scripts/programs.ts";
import { type BrowserKind, findBrowser } from "../../live/browsers.ts";
import { LONG } from "../../support/long.ts";
import { createRandom, printedSeed } from "../../support/random.ts";
import { openPlace, type PlaceName } from "./places.ts";
import { type Start, startAgainAndAgain } from "./starts.ts";
import { lossMs, tableOf } from "./table.ts";

/** How many starts are ended and looked at; the first is the one with the login. */
const ENDED = LONG ? 20 : 2;
const INTERVAL_MS = 2_000;
/** What a save may take on a loaded machine: to find a saver that has stopped, not to judge how fast it is. */
const SAVE_MS = 20_000;
const LONG_ONLY = "skipped: these starts are for the long run (npm run test:long)\n";

/**
 * The whole promise, with a real browser, on a machine that is new at each start: log in once, in login mode;
 * from then on be logged in at every start, however the one before was ended.
 *
 * @param isQuick whether the default run has a few of the starts
 */
export async function testPromise(kind: BrowserKind, place: PlaceName, isQuick: boolean): Promise<void> {
  const name = `${kind}, ${place === "hub" ? "stand-in Hub" : "local folder"}`;
  const isLeftOut = !LONG && !isQuick;
  if (isLeftOut) process.stdout.write(LONG_ONLY);
  const program = isLeftOut ? null : await findBrowser(kind);
  const bubblewrap = isLeftOut ? null : await findBubblewrap();
  test.skipIf(program === null || bubblewrap === null)(
    `logged in at each start with an empty disk: ${name}`,
    { timeout: LONG ? 1_800_000 : 300_000 },
    async () => {
      if (program === null || bubblewrap === null) return;
      await using site = await startWebApp();
      await using opened = await openPlace(place);
      const starts = await startAgainAndAgain({
        machine: { bubblewrap, kind, program, url: site.url, place: opened },
        ended: ENDED,
        intervalMs: INTERVAL_MS,
        random: createRandom(printedSeed(name)),
      });
      process.stdout.write(tableOf(name, starts));
      expect(starts.flatMap(faultsOf)).toEqual([]);
      expect(starts).toHaveLength(ENDED);
    },
  );
}

/** What a start has broken of the promise. */
function faultsOf(start: Start): string[] {
  const { number, end, onSignal, isCutOff, status, written, saved, next } = start;
  const faults = {
    [`not logged in: ${next.status}`]: next.status !== LOGGED_IN,
    "something that was saved is lost": (next.file?.number ?? 0) < saved.number,
    "a save did not come in time": lossMs(start, next.file) > INTERVAL_MS + SAVE_MS,
    "the browser was not closed in a way that writes everything":
      end === "SIGTERM" && (next.storage?.number ?? 0) < written.number,
    "the last save was cut off": end === "SIGTERM" && isCutOff,
    [`exit status ${status}`]: end === "SIGTERM" && status !== (onSignal === "closes" ? 0 : 143),
  };
  return Object.entries(faults).flatMap(([fault, is]) =>
    is ? [`start ${number}, ended by ${end}, app ${onSignal} its browser: ${fault}`] : [],
  );
}

/** The path of a bubblewrap that may be used here, or null; prints what is missing. */
async function findBubblewrap(): Promise<string | null> {
  const path = await findProgram("bwrap");
  if (path === null) {
    process.stdout.write("skipped: bubblewrap (bwrap) is not installed (npm run tools)\n");
    return null;
  }
  const trial = await runProgram(path, ["--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "true"]);
  if (trial.status === 0) return path;
  process.stdout.write(`skipped: bubblewrap may not be used here: ${trial.output.trim()}\n`);
  return null;
}
