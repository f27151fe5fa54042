import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { recoverTarget } from "../../src/restore/recover.ts";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killAfter, KILLS, momentsMs, writingSpanMs } from "./kill.ts";
import { SmallState } from "./small-state.ts";

/** Where the target is, which decides how it is replaced. */
const PLACES = ["a folder", "a mount point", "a folder that is not there"] as const;

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: restore to a mount point: ${NO_SMALL_DISK}\n`);
const places = PLACES.filter((place) => place !== "a mount point" || NO_SMALL_DISK === null);

test.skipIf(process.platform !== "linux").each(places)(
  `a restore to %s that is killed at ${KILLS} moments leaves the old state or the new one`,
  { timeout: 1_800_000 },
  async (place) => {
    const random = createRandom(printedSeed("killed restores"));
    await using folder = await temporaryFolder();
    const state = new SmallState(folder.at("s"), random);
    const holdfast = openHoldfast({ store: folder.at("r"), password: "killed", home: folder.path });
    const snapshots: (readonly [id: string, tree: Tree])[] = [];
    for (let i = 0; i < 2; i++) {
      state.change();
      snapshots.push([(await holdfast.save(state.folder)).snapshot, describeTree(state.folder)]);
    }

    mkdirSync(folder.at("place"));
    await using disk = place === "a mount point" ? await smallDisk(64 * 1024 * 1024) : null;
    const target = disk?.path ?? folder.at("place", "target");
    // On a mount point the work is done inside, else beside.
    const watched = disk?.path ?? folder.at("place");
    const restore = (id: string) => () => holdfast.start(["restore", id, "--to", target, "--force"]);

    const victim = (id: string) => ({ start: restore(id), folder: watched });
    let [old, wanted] = snapshots as [(typeof snapshots)[0], (typeof snapshots)[0]];
    await holdfast.restore(wanted[0], target, "--force");
    if (place === "a folder that is not there") await removeTree(target);
    const spanMs = await writingSpanMs(victim(old[0]));

    const counts = { killed: 0, old: 0, new: 0 };
    for (const delayMs of momentsMs(spanMs, KILLS, random)) {
      if (place === "a folder that is not there") await removeTree(target);
      const { signal } = await killAfter(victim(wanted[0]), delayMs);
      if (signal === "SIGKILL") counts.killed++;
      await recoverTarget(target);
      if (disk === null) expect(readdirSync(watched)).toEqual(existsSync(target) ? ["target"] : []);

      if (place === "a folder that is not there" && !existsSync(target)) {
        counts.old++;
        continue;
      }
      const found = describeTree(target);
      const isNew = compareTrees(wanted[1], found).length === 0;
      if (!isNew) expect(compareTrees(old[1], found)).toEqual([]);
      counts[isNew ? "new" : "old"]++;
      if (isNew) [old, wanted] = [wanted, old];
    }
    process.stdout.write(
      `${place}: killed ${counts.killed} of ${KILLS} restores, spread over ${spanMs.toFixed(0)} ms: ${counts.old} old, ${counts.new} new\n`,
    );
  },
);
