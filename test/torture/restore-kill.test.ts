import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { recoverTarget } from "../../src/restore/recover.ts";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killOften, KILLS_OF_A_CASE, type Victim } from "./kill.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";

/** What is at the target, which decides how it is replaced. */
const PLACES = ["a folder", "a mount point", "nothing"] as const;

const NOTHING: Tree = new Map();

/**
 * Between the last removal in a mount point and the setting of its own time there is no state in which
 * both could be written down; `swap-calls.test.ts` holds everything before that to the exact time.
 */
const isRootTime = (difference: string): boolean => difference.startsWith('"": mtime ');

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: restore to a mount point: ${NO_SMALL_DISK}\n`);
const places = PLACES.filter((place) => place !== "a mount point" || NO_SMALL_DISK === null);

test.skipIf(process.platform !== "linux").each(places)(
  `a restore in the place of %s that is killed at ${KILLS_OF_A_CASE} moments leaves the old state or the new one`,
  { timeout: 1_800_000 },
  async (place) => {
    const random = createRandom(printedSeed("killed restores"));
    await using folder = await temporaryFolder();
    const state = new SmallState(folder.at("s"), random);
    const holdfast = openHoldfast({ store: folder.at("r"), password: "killed", home: folder.path });
    const ledger = new Ledger();
    await ledger.save(holdfast, state.folder);
    state.change();
    await ledger.save(holdfast, state.folder);
    let [old, wanted] = ledger.ids as [string, string];

    mkdirSync(folder.at("place"));
    await using disk = place === "a mount point" ? await smallDisk(64 * 1024 * 1024) : null;
    const target = disk?.path ?? folder.at("place", "target");
    const victim: Victim = {
      start: (env) => holdfast.start(["restore", wanted, "--to", target, "--force"], { env }),
      // On a mount point the work is done inside, else beside.
      folder: disk?.path ?? folder.at("place"),
    };
    const counts = { old: 0, new: 0 };
    if (place !== "nothing") await holdfast.restore(old, target, "--force");
    const prepare = async (): Promise<void> => {
      if (place === "nothing") await removeTree(target);
    };

    const judge = async (): Promise<void> => {
      await recoverTarget(target);
      if (disk === null) expect(readdirSync(victim.folder)).toEqual(existsSync(target) ? ["target"] : []);
      const found = existsSync(target) ? describeTree(target) : NOTHING;
      const differences = (expected: Tree): readonly string[] =>
        compareTrees(expected, found).filter((line) => place !== "a mount point" || !isRootTime(line));
      const isNew = differences(ledger.treeOf(wanted)).length === 0;
      const before = place === "nothing" ? NOTHING : ledger.treeOf(old);
      if (!isNew) expect(differences(before)).toEqual([]);
      counts[isNew ? "new" : "old"]++;
      if (isNew) [old, wanted] = [wanted, old];
    };
    const what = `restores in the place of ${place}`;
    await killOften(what, victim, random, prepare, judge, KILLS_OF_A_CASE);
    process.stdout.write(`in the place of ${place}: ${JSON.stringify(counts)}\n`);
  },
);
