import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed, type Random } from "../support/random.ts";
import type { Restic, ResticProgram } from "../support/restic.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { killOften, KILLS } from "./kill.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "killed";
/** A file that is being written is left alone for an hour, in seconds since 1970. */
const LONG_AGO = 1_000_000_000;
const ROUNDS_BETWEEN_CLEANINGS = 10;
const program = (await findRestics()).at(-1);

test.skipIf(process.platform !== "linux" || program === undefined)(
  `a save that is killed at ${KILLS} moments loses nothing`,
  { timeout: 1_800_000 },
  async () => {
    if (program === undefined) return;
    const random = createRandom(printedSeed("killed saves"));
    await using folder = await temporaryFolder();
    const saves = new KilledSaves(folder, program, random);
    await saves.saveWell();
    await killOften("saves", saves.victim, random, saves.change, async ({ round }) => {
      await saves.judge(round);
      if (round % ROUNDS_BETWEEN_CLEANINGS === 0) await saves.cleanUp();
    });
    await saves.cleanUp();
  },
);

class KilledSaves {
  readonly victim;
  readonly #ledger = new Ledger();
  readonly #state: SmallState;
  readonly #holdfast: Holdfast;
  readonly #restic: Restic;
  /** What a save that is under way would hold. */
  #current: Tree = new Map();

  constructor(folder: TemporaryFolder, judge: ResticProgram, random: Random) {
    const repository = folder.at("r");
    this.#state = new SmallState(folder.at("s"), random);
    this.#holdfast = openHoldfast({ store: repository, password: PASSWORD, home: folder.path });
    this.#restic = judge.open(repository, PASSWORD);
    this.victim = {
      start: (env: NodeJS.ProcessEnv) =>
        this.#holdfast.start(["save", "--state", this.#state.folder], { env }),
      folder: folder.at("r", "locks"),
    };
  }

  async saveWell(): Promise<void> {
    this.#state.change();
    await this.#ledger.save(this.#holdfast, this.#state.folder);
  }

  readonly change = async (): Promise<void> => {
    this.#state.change();
    this.#current = describeTree(this.#state.folder);
    await Promise.resolve();
  };

  /** All that was saved is there, and at most one snapshot more, which then is whole. */
  async judge(round: number): Promise<void> {
    const [restic, ledger] = [this.#restic, this.#ledger];
    await restic.unlock();
    await restic.check({ leftoversAllowed: true });
    const ids = readdirSync(join(restic.repository, "snapshots")).filter((name) => !name.includes("-tmp-"));
    expect(ids).toEqual(expect.arrayContaining([...ledger.ids]));
    const added = ids.filter((id) => !ledger.ids.includes(id));
    expect(added.length).toBeLessThan(2);
    for (const id of added) ledger.enter(id, this.#current);
    if (round % 2 === 0) await ledger.mustRestore(this.#holdfast, ledger.newest);
    else await ledger.mustRestoreByRestic(restic, ledger.newest, this.#state.folder);
  }

  /** After kills a save works, and nothing is left of what was killed once it was pruned. */
  async cleanUp(): Promise<void> {
    await this.saveWell();
    await this.#holdfast.run(["forget", "--keep-last", "2"]);
    for (const path of temporaryFilesIn(this.#holdfast.store)) utimesSync(path, LONG_AGO, LONG_AGO);
    await this.#holdfast.run(["prune", "--max-unused", "0"]);
    await this.#restic.check();
    this.#ledger.keepOnly(readdirSync(join(this.#restic.repository, "snapshots")));
    expect(this.#ledger.ids).toHaveLength(2);
    for (const id of this.#ledger.ids) await this.#ledger.mustRestore(this.#holdfast, id);
    expect(temporaryFilesIn(this.#holdfast.store)).toEqual([]);
  }
}

/** Paths of the files whose names are not restic's: those that were being written. */
function temporaryFilesIn(repository: string): readonly string[] {
  return readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^([0-9a-f]{64}|config)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
