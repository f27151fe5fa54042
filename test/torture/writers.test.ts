import { expect, test } from "vitest";
import { describeTree } from "../support/describe-tree.ts";
import { openHoldfast, type SaveResult } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import type { RunResult } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "together";
const ROUNDS = LONG ? 40 : 4;
const LOCKED = 6;
const restic = (await findRestics()).at(-1);

test.skipIf(restic === undefined)(
  "two that save and one that prunes, at once: each is done or told that it is locked, nothing is lost",
  { timeout: 1_200_000 },
  async () => {
    await using folder = await temporaryFolder();
    const random = createRandom(printedSeed("writers"));
    const states = ["a", "b"].map((name) => new SmallState(folder.at(name), random));
    const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    const judge = restic?.open(folder.at("r"), PASSWORD);
    const ledger = new Ledger();
    for (const { folder: state } of states) await ledger.save(holdfast, state);

    const counts = { saved: 0, pruned: 0, locked: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      for (const state of states) state.change();
      // Something to prune: the older snapshots of each folder.
      await holdfast.run(["forget", "--keep-last", "2"]);
      const running = [
        ...states.map((state) => holdfast.start(["save", "--state", state.folder, "--json"])),
        holdfast.start(["prune", "--max-unused", "0", "--json"]),
      ];
      const results = await Promise.all(running.map(({ ended }) => ended));
      for (const [index, result] of results.entries()) {
        expect([0, LOCKED]).toContain(result.status);
        if (result.status === LOCKED) {
          expect(errorOf(result)).toMatchObject({ error: { code: "LOCKED" } });
          counts.locked++;
          continue;
        }
        const state = states[index];
        if (state === undefined) counts.pruned++;
        else {
          counts.saved++;
          const { snapshot } = JSON.parse(result.stdout.toString()) as SaveResult;
          ledger.enter(snapshot, describeTree(state.folder));
        }
      }
      await judge?.check({ leftoversAllowed: true });
    }

    for (const { id } of (await judge?.snapshots()) ?? []) await ledger.mustRestore(holdfast, id);
    await holdfast.run(["prune", "--max-unused", "0"]);
    await judge?.check();
    expect(counts.saved + counts.pruned + counts.locked).toBe(3 * ROUNDS);
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  },
);

function errorOf(result: RunResult): unknown {
  return JSON.parse(result.stdout.toString());
}
