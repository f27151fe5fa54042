import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killOften, KILLS_OF_A_CASE, type Strike, type Victim } from "./kill.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "killed";
const SAVES = 3;
/** A copy that came to its end is read as a whole elsewhere too, and that takes time here. */
const ROUNDS_BETWEEN_CHECKS = 4;
const program = (await findRestics()).at(-1);

test.skipIf(process.platform !== "linux" || program === undefined)(
  `a copy that is killed at ${KILLS_OF_A_CASE} moments is never taken for whole, and is whole after the next one`,
  { timeout: 1_800_000 },
  async () => {
    if (program === undefined) return;
    const random = createRandom(printedSeed("killed copies"));
    await using folder = await temporaryFolder();
    const holdfast = openHoldfast({ store: folder.at("from"), password: PASSWORD, home: folder.path });
    const target = openHoldfast({ store: folder.at("to"), password: PASSWORD, home: folder.path });
    const restic = program.open(folder.at("to"), PASSWORD);
    const source = program.open(folder.at("from"), PASSWORD);
    const ledger = new Ledger();
    const state = new SmallState(folder.at("s"), random);
    for (let i = 0; i < SAVES; i++) {
      state.change();
      await ledger.save(holdfast, state.folder);
    }
    const renew = async (): Promise<void> => {
      await removeTree(folder.at("to"));
      mkdirSync(folder.at("to"), { mode: 0o700 });
    };

    const copy = ["copy", "--to", folder.at("to")];
    const victim: Victim = { start: (env) => holdfast.start(copy, { env }), folder: folder.at("to") };
    await renew();
    const judge = async ({ killed, round }: Strike): Promise<void> => {
      if (killed && existsSync(folder.at("to", "config"))) {
        // What is seen is complete, however little it is.
        await restic.unlock();
        await restic.check({ leftoversAllowed: true });
        for (const id of snapshotsIn(folder.at("to")).slice(0, LONG ? 1 : 0))
          await ledger.mustRestore(target, id);
      } else if (killed) expect(snapshotsIn(folder.at("to"))).toEqual([]);

      if (killed) await holdfast.run(copy);
      expect(snapshotsIn(folder.at("to"))).toEqual(ledger.ids.toSorted());
      if (killed) await ledger.mustRestore(target, ledger.newest);
      if (round % ROUNDS_BETWEEN_CHECKS === 0) await restic.check({ leftoversAllowed: true });
    };
    await killOften("copies", victim, random, renew, judge, KILLS_OF_A_CASE);
    await source.check();
  },
);

function snapshotsIn(store: string): string[] {
  const folder = join(store, "snapshots");
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.includes("-tmp-"))
        .sort()
    : [];
}
