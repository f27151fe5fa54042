import { cpSync } from "node:fs";
import { expect, test } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killAfter, KILLS, momentsMs, writingSpanMs } from "./kill.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "killed";
const SAVES = 5;
const KEPT = 2;
const restic = (await findRestics()).at(-1);

test.skipIf(process.platform !== "linux" || restic === undefined)(
  `a prune that is killed at ${KILLS} moments loses nothing`,
  { timeout: 1_800_000 },
  async () => {
    const random = createRandom(printedSeed("killed prunes"));
    await using folder = await temporaryFolder();
    const state = new SmallState(folder.at("s"), random);
    const open = (store: string): Holdfast => openHoldfast({ store, password: PASSWORD, home: folder.path });
    const judge = restic?.open(folder.at("r"), PASSWORD);
    if (judge === undefined) return;

    // A repository with much to throw away, of which every round gets a copy.
    const saved = new Map<string, Tree>();
    const template = open(folder.at("template"));
    for (let i = 0; i < SAVES; i++) {
      state.change();
      saved.set((await template.save(state.folder)).snapshot, describeTree(state.folder));
    }
    await template.run(["forget", "--keep-last", String(KEPT)]);
    const kept = [...saved.keys()].slice(-KEPT);
    const renew = async (): Promise<void> => {
      await removeTree(folder.at("r"));
      cpSync(folder.at("template"), folder.at("r"), { recursive: true });
    };

    const holdfast = open(folder.at("r"));
    const mustRestore = async (id: string): Promise<void> => {
      await using target = await temporaryFolder();
      await holdfast.restore(id, target.at("b"));
      expect(compareTrees(saved.get(id) ?? new Map(), describeTree(target.at("b")))).toEqual([]);
    };
    const victim = {
      start: () => holdfast.start(["prune", "--max-unused", "0"]),
      folder: folder.at("r", "locks"),
    };
    await renew();
    const spanMs = await writingSpanMs(victim);

    let killed = 0;
    for (const delayMs of momentsMs(spanMs, KILLS, random)) {
      await renew();
      const { signal } = await killAfter(victim, delayMs);
      if (signal === "SIGKILL") killed++;
      await judge.unlock();
      await judge.check({ leftoversAllowed: true });
      expect((await judge.snapshots()).map(({ id }) => id)).toEqual(kept);
      await mustRestore(kept[random.between(0, KEPT)] ?? "");

      await holdfast.run(["prune", "--max-unused", "0"]);
      await judge.check();
      for (const id of kept) await mustRestore(id);
    }
    process.stdout.write(`killed ${killed} of ${KILLS} prunes, spread over ${spanMs.toFixed(0)} ms\n`);
  },
);
