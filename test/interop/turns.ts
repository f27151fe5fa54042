import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { makeNastyTree } from "../support/nasty-tree.ts";
import type { Random } from "../support/random.ts";
import type { Restic, ResticProgram } from "../support/restic.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { OURS, RESTICS, SMALL, withoutItsLimits } from "./nasty.ts";

const PASSWORD = "in turn";

/** What is done to the repository. */
export type Operation =
  | "save"
  | "backup"
  | "forget"
  | "restic forget"
  | "prune"
  | "restic prune"
  | "unlock"
  | "tag"
  | "rebuild index"
  | "rewrite";

interface OperationRow {
  readonly by: "us" | "restic";
  readonly possible?: (program: ResticProgram) => boolean;
  readonly perform: (turns: Turns, restic: Restic) => Promise<void>;
}

/** Everything that both programs offer to do with a repository. */
const OPERATIONS: Readonly<Record<Operation, OperationRow>> = {
  save: { by: "us", perform: (turns) => turns.save(() => turns.holdfast.save(turns.source)) },
  backup: { by: "restic", perform: (turns, restic) => turns.save(() => restic.backup(turns.source)) },
  forget: {
    by: "us",
    perform: (turns) => turns.forget((count) => turns.holdfast.run(["forget", "--keep-last", count])),
  },
  "restic forget": {
    by: "restic",
    perform: (turns, restic) => turns.forget((count) => restic.run(["forget", "--keep-last", count])),
  },
  prune: {
    by: "us",
    perform: async (turns) => void (await turns.holdfast.run(["prune", "--max-unused", "0"])),
  },
  "restic prune": {
    by: "restic",
    perform: async (_, restic) => void (await restic.run(["prune", "--max-unused", "0"])),
  },
  unlock: { by: "us", perform: async (turns) => void (await turns.holdfast.run(["unlock"])) },
  tag: {
    by: "restic",
    perform: async (_, restic) => void (await restic.run(["tag", "--add", "kept", "latest"])),
  },
  "rebuild index": {
    by: "restic",
    perform: async (_, restic) =>
      void (await restic.run(restic.program.isAtLeast("0.16") ? ["repair", "index"] : ["rebuild-index"])),
  },
  rewrite: {
    by: "restic",
    possible: (program) => program.isAtLeast("0.16"),
    perform: (turns, restic) => turns.rewrite(restic),
  },
};

/** One repository that several programs use in turn, a folder that changes, and what each snapshot holds. */
export class Turns implements AsyncDisposable {
  readonly holdfast: Holdfast;
  readonly source: string;
  readonly #folder: TemporaryFolder;
  readonly #programs: readonly ResticProgram[];
  readonly #random: Random;
  /** By the id of the root tree, which stays when a snapshot gets another id. */
  readonly #expected = new Map<string, Tree>();
  #changes = 0;

  private constructor(folder: TemporaryFolder, programs: readonly ResticProgram[], random: Random) {
    this.#folder = folder;
    this.#programs = programs;
    this.#random = random;
    this.source = folder.at("s");
    this.holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
  }

  /** With one snapshot of ours. */
  static async start(programs: readonly ResticProgram[], random: Random): Promise<Turns> {
    const turns = new Turns(await temporaryFolder(), programs, random);
    const rawLinkTargets = programs.every((program) => program.isAtLeast("0.17"));
    makeNastyTree(turns.source, { ...SMALL, rawLinkTargets, seed: random.seed });
    await turns.perform("save");
    return turns;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }

  /** Performs an operation, then asks the other side whether all is well. */
  async perform(name: Operation, program?: ResticProgram): Promise<void> {
    const row = OPERATIONS[name];
    const able = this.#programs.filter((candidate) => row.possible?.(candidate) !== false);
    if (able.length === 0) return;
    const restic = this.#open(program !== undefined && able.includes(program) ? program : this.#pick(able));
    await row.perform(this, restic);
    if (row.by === "restic") await this.holdfast.check();
    else for (const other of this.#programs) await this.#open(other).check();
    await this.#compareLists();
  }

  /** A random operation. */
  async step(): Promise<void> {
    await this.perform(this.#pick(Object.keys(OPERATIONS) as Operation[]));
  }

  /** Restores every snapshot with every program. */
  async restoreEverything(): Promise<void> {
    for (const { id, tree } of await this.#snapshots()) {
      const expected = this.#expected.get(tree);
      if (expected === undefined) throw new Error(`snapshot ${id} came from nowhere`);
      await using target = await temporaryFolder();
      await this.holdfast.restore(id, target.at("ours"));
      expect(compareTrees(expected, describeTree(target.at("ours")), OURS)).toEqual([]);
      for (const program of this.#programs) {
        await this.#open(program).restore(id, target.at(program.version));
        const restored = describeTree(target.at(program.version, this.source));
        expect(withoutItsLimits(program, compareTrees(expected, restored, RESTICS))).toEqual([]);
      }
    }
  }

  /** Changes the folder, saves it in the given way, and keeps in mind what it was. */
  async save(how: () => Promise<unknown>): Promise<void> {
    this.#change();
    const count = (await this.#snapshotsIfAny()).length;
    await how();
    const snapshots = await this.#snapshots();
    expect(snapshots).toHaveLength(count + 1);
    this.#expected.set(snapshots.at(-1)?.tree ?? "", describeTree(this.source));
  }

  /** Forgets in the given way all but the newest two to four. */
  async forget(how: (keepLast: string) => Promise<unknown>): Promise<void> {
    const before = await this.#snapshots();
    const count = this.#random.between(2, 5);
    await how(String(count));
    const after = await this.#snapshots();
    expect(after.map(({ id }) => id)).toEqual(before.slice(-count).map(({ id }) => id));
  }

  /** Lets restic write the newest snapshot again without one file. */
  async rewrite(restic: Restic): Promise<void> {
    const newest = (await this.#snapshots()).at(-1);
    const expected = new Map(this.#expected.get(newest?.tree ?? ""));
    await restic.run(["rewrite", "--forget", "--exclude", "one-byte", newest?.id ?? ""]);
    const rewritten = (await this.#snapshots()).at(-1);
    expected.delete("one-byte");
    this.#expected.set(rewritten?.tree ?? "", expected);
  }

  /** Every program sees the same snapshots. */
  async #compareLists(): Promise<void> {
    const theirs = (await this.#snapshots()).map(({ id }) => id);
    const ours = (await this.holdfast.json(["snapshots"])) as readonly { readonly id: string }[];
    expect(ours.map(({ id }) => id).sort()).toEqual(theirs.sort());
  }

  #change(): void {
    this.#changes++;
    const name = `${this.source}/many/000/change ${this.#changes}`;
    writeFileSync(name, this.#random.bytes(this.#random.between(0, 300_000)));
    appendFileSync(`${this.source}/random.bin`, this.#random.bytes(10));
    if (this.#changes % 3 === 0) rmSync(`${this.source}/many/000/change ${this.#changes - 1}`);
  }

  async #snapshotsIfAny(): ReturnType<Restic["snapshots"]> {
    return this.#expected.size === 0 ? [] : this.#snapshots();
  }

  #snapshots(): ReturnType<Restic["snapshots"]> {
    return this.#open(this.#pick(this.#programs)).snapshots();
  }

  #open(program: ResticProgram): Restic {
    return program.open(this.holdfast.store, PASSWORD);
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#random.between(0, values.length)];
    if (value === undefined) throw new Error("nothing to choose from");
    return value;
  }
}
