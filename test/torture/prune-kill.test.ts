import { cpSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killOften, KILLS, type Victim } from "./kill.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "killed";
const SAVES = 5;
const KEPT = 2;
/** A prune after a killed one and what it leaves take as long as all the rest of a round. */
const ROUNDS_BETWEEN_PRUNES = 4;
const program = (await findRestics()).at(-1);

test.skipIf(process.platform !== "linux" || program === undefined)(
  `a prune that is killed at ${KILLS} moments loses nothing`,
  { timeout: 1_800_000 },
  async () => {
    if (program === undefined) return;
    const random = createRandom(printedSeed("killed prunes"));
    await using folder = await temporaryFolder();
    const open = (store: string): Holdfast => openHoldfast({ store, password: PASSWORD, home: folder.path });
    const restic = program.open(folder.at("r"), PASSWORD);

    // A repository with much to throw away, of which every round gets a copy.
    const ledger = new Ledger();
    const state = new SmallState(folder.at("s"), random);
    const template = open(folder.at("template"));
    for (let i = 0; i < SAVES; i++) {
      state.change();
      await ledger.save(template, state.folder);
    }
    await template.run(["forget", "--keep-last", String(KEPT)]);
    ledger.keepOnly(ledger.ids.slice(-KEPT));
    const renew = async (): Promise<void> => {
      await removeTree(folder.at("r"));
      cpSync(folder.at("template"), folder.at("r"), { recursive: true });
    };

    await renew();
    const holdfast = open(folder.at("r"));
    const prune = ["prune", "--max-unused", "0"];
    const victim: Victim = {
      start: (env) => holdfast.start(prune, { env }),
      folder: folder.at("r", "locks"),
    };
    await killOften("prunes", victim, random, renew, async ({ round }) => {
      await restic.unlock();
      await restic.check({ leftoversAllowed: true });
      expect(readdirSync(folder.at("r", "snapshots")).sort()).toEqual(ledger.ids.toSorted());
      await ledger.mustRestore(holdfast, ledger.newest);

      // The short run ends with such a round.
      if (round % ROUNDS_BETWEEN_PRUNES !== 2) return;
      await holdfast.run(prune);
      await restic.check();
      await ledger.mustRestore(holdfast, ledger.ids[0] ?? "");
    });
  },
);
