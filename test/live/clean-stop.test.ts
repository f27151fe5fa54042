import { expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { BROWSERS, findBrowser } from "./browsers.ts";
import { CLEAN_STOPS, stopCleanly } from "./clean-stop.ts";
import { gatherEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { startSite } from "./site.ts";
import { startWriter } from "./writer.ts";

/** The default run stops each browser once, in `hot-saves.test.ts`. */
const RUNS = LONG ? 6 : 0;

for (const kind of BROWSERS) {
  const program = await findBrowser(kind);
  for (const how of CLEAN_STOPS[kind]) {
    test.skipIf(program === null || RUNS === 0)(`${kind} loses nothing when it ends by ${how}`, async () => {
      if (program === null) return;
      await using site = await startSite();
      for (let round = 0; round < RUNS; round++) {
        await using folder = await temporaryFolder();
        const [profile, home] = [folder.at("profile"), folder.at("home")];
        await using writer = await startWriter(kind, site, { program, profile, home });
        await writer.logIn();
        await writer.look();
        const stoppedAtMs = performance.now();
        await stopCleanly(writer, how);
        const evidence = await gatherEvidence(profile, { kind, program, home, site, logins: [0] });
        const { logins, moments } = writer;
        const verdict = judge(evidence, { kind, logins, moments, savedAtMs: stoppedAtMs, closed: true });
        expect(verdict).toEqual({ faults: [], notFlushedMs: [] });
      }
    });
  }
}
