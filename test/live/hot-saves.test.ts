import { expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { BROWSERS, findBrowser } from "./browsers.ts";
import { saveHot } from "./hot-saves.ts";
import { startSite } from "./site.ts";
import { tableOf } from "./table.ts";

const COPIES = LONG ? 100 : 1;
/** Saves that nobody is stopped for, to compare with; `damaged-copies.test.ts` proves that damage is found. */
const PLAIN_COPIES = LONG ? 6 : 0;

for (const kind of BROWSERS) {
  const program = await findBrowser(kind);
  test.skipIf(program === null)(
    `${COPIES} saves of a running ${kind} are whole in a fresh one`,
    { timeout: LONG ? 1_800_000 : 240_000 },
    async () => {
      if (program === null) return;
      await using site = await startSite();
      const { saves, final } = await saveHot({ kind, program, site, freeze: "always", copies: COPIES });
      const rows = [{ kind, freeze: "always", saves } as const];
      if (PLAIN_COPIES > 0) {
        const plain = await saveHot({ kind, program, site, freeze: "never", copies: PLAIN_COPIES });
        process.stdout.write(tableOf([...rows, { kind, freeze: "never", saves: plain.saves }]));
      } else {
        process.stdout.write(tableOf(rows));
      }
      expect(saves.flatMap(({ faults }) => faults)).toEqual([]);
      expect(saves.filter(({ pausedMs }) => pausedMs === 0)).toEqual([]);
      expect(final).toEqual({ faults: [], notFlushedMs: [] });
    },
  );
}
