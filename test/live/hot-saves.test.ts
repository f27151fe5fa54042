import { expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { BROWSERS, findBrowser } from "./browsers.ts";
import { saveHot } from "./hot-saves.ts";
import { startSite } from "./site.ts";
import { tableOf } from "./table.ts";

const COPIES = LONG ? 100 : 3;

for (const kind of BROWSERS) {
  const program = await findBrowser(kind);
  test.skipIf(program === null)(
    `${COPIES} saves of a running ${kind} open, whole, in a fresh one`,
    async () => {
      if (program === null) return;
      await using site = await startSite();
      const { saves, final } = await saveHot({ kind, program, site, freeze: "always", copies: COPIES });
      process.stdout.write(tableOf([{ kind, freeze: "always", saves }]));
      expect(saves.flatMap(({ faults }) => faults)).toEqual([]);
      expect(final).toEqual({ faults: [], notFlushedMs: [] });
    },
  );
}
