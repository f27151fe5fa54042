import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { killAfter, KILLS, momentsMs, writingSpanMs } from "./kill.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "killed";
const KILLS_BETWEEN_SAVES = 10;
const restic = (await findRestics()).at(-1);

test.skipIf(process.platform !== "linux" || restic === undefined)(
  `a save that is killed at ${KILLS} moments loses nothing`,
  { timeout: 1_800_000 },
  async () => {
    const random = createRandom(printedSeed("killed saves"));
    await using folder = await temporaryFolder();
    const state = new SmallState(folder.at("s"), random);
    const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    const judge = restic?.open(folder.at("r"), PASSWORD);
    if (judge === undefined) return;
    const saved = new Map<string, Tree>();

    /** Restores a snapshot by both programs in turn. */
    const mustRestore = async (id: string, byRestic: boolean): Promise<void> => {
      await using target = await temporaryFolder();
      await (byRestic ? judge : holdfast).restore(id, target.at("b"));
      const restored = describeTree(byRestic ? target.at("b", state.folder) : target.at("b"));
      expect(compareTrees(saved.get(id) ?? new Map(), restored)).toEqual([]);
    };

    /** Everything saved before is there, and at most one snapshot more, which has to be whole. */
    const takeStock = async (current: Tree): Promise<void> => {
      const ids = (await judge.snapshots()).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([...saved.keys()]));
      const added = ids.filter((id) => !saved.has(id));
      expect(added.length).toBeLessThan(2);
      for (const id of added) saved.set(id, current);
    };

    const saveWell = async (): Promise<void> => {
      state.change();
      saved.set((await holdfast.save(state.folder)).snapshot, describeTree(state.folder));
    };

    await saveWell();
    state.change();
    const victim = {
      start: () => holdfast.start(["save", "--state", state.folder]),
      folder: folder.at("r", "locks"),
    };
    const spanMs = await writingSpanMs(victim);
    await takeStock(describeTree(state.folder));

    let killed = 0;
    for (const [round, delayMs] of momentsMs(spanMs, KILLS, random).entries()) {
      state.change();
      const current = describeTree(state.folder);
      const { signal } = await killAfter(victim, delayMs);
      if (signal === "SIGKILL") killed++;
      await judge.unlock();
      await judge.check({ leftoversAllowed: true });
      await takeStock(current);
      await mustRestore([...saved.keys()].at(-1) ?? "", round % 2 === 0);
      if ((round + 1) % KILLS_BETWEEN_SAVES !== 0 && round + 1 < KILLS) continue;

      await saveWell();
      await holdfast.run(["forget", "--keep-last", "2"]);
      await holdfast.run(["prune", "--max-unused", "0"]);
      await judge.check(); // nothing is left of what was killed
      const kept = new Set((await judge.snapshots()).map(({ id }) => id));
      for (const id of saved.keys()) if (!kept.has(id)) saved.delete(id);
      expect(saved.size).toBe(2);
      for (const id of saved.keys()) await mustRestore(id, false);
      expect(temporaryFilesIn(folder.at("r"))).toEqual([]);
    }
    process.stdout.write(`killed ${killed} of ${KILLS} saves, spread over ${spanMs.toFixed(0)} ms\n`);
  },
);

/** Files of a repository whose names are not restic's. */
function temporaryFilesIn(repository: string): readonly string[] {
  const names = readdirSync(repository, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !/^([0-9a-f]{64}|config)$/.test(entry.name))
    .map(({ name }) => name);
}
