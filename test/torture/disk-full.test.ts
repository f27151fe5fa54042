import { cpSync } from "node:fs";
import { expect, test } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import type { Restic } from "../support/restic.ts";
import { run } from "../support/run.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { removeTree, type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { SmallState } from "./small-state.ts";

const PASSWORD = "full";
/** Sizes between a disk that is full already and one that is large enough. */
const STEPS = LONG ? 60 : 6;
const restic = (await findRestics()).at(-1);
if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: full disks: ${NO_SMALL_DISK}\n`);

test.skipIf(NO_SMALL_DISK !== null || restic === undefined)(
  "a disk that is full at any write of a save: an error, nothing lost, and it works once there is room",
  { timeout: 1_200_000 },
  async () => {
    await using folder = await temporaryFolder();
    const full = await FullDisk.prepare(folder, createRandom(printedSeed("full disk, save")));
    full.state.change();
    await full.onLargerAndLargerDisks(["save", "--state", full.state.folder], async (repository) => {
      expect(await full.snapshotsOf(repository)).toHaveLength(full.saved.size + 1);
    });
  },
);

test.skipIf(NO_SMALL_DISK !== null || restic === undefined)(
  "a disk that is full at any write of a prune: an error, nothing lost, and it works once there is room",
  { timeout: 1_200_000 },
  async () => {
    await using folder = await temporaryFolder();
    const full = await FullDisk.prepare(folder, createRandom(printedSeed("full disk, prune")));
    await full.forgetOldest();
    await full.onLargerAndLargerDisks(["prune", "--max-unused", "0"], async (repository) => {
      expect(await full.snapshotsOf(repository)).toHaveLength(full.saved.size);
    });
  },
);

test.skipIf(NO_SMALL_DISK !== null)(
  "a target that is full at any write of a restore keeps what it had",
  { timeout: 1_200_000 },
  async () => {
    await using folder = await temporaryFolder();
    const full = await FullDisk.prepare(folder, createRandom(printedSeed("full disk, restore")));
    const [oldest, , newest] = [...full.saved];
    if (oldest === undefined || newest === undefined) throw new Error("nothing was saved");
    await using disk = await smallDisk(64_000_000);
    const target = disk.at("target");
    await full.template.restore(oldest[0], target);
    const usedBytes = await usedBytesOf(disk.path);
    for (let step = 0; step < STEPS; step++) {
      await disk.resize(usedBytes + Math.floor((usedBytes * step) / STEPS));
      const { status, stdout } = await full.template.run(
        ["restore", newest[0], "--to", target, "--force", "--json"],
        { mayFail: true },
      );
      if (status !== 0) expect(JSON.parse(stdout.toString())).toMatchObject({ error: { code: "DISK_FULL" } });
      expect(compareTrees((status === 0 ? newest : oldest)[1], describeTree(target))).toEqual([]);
      if (status === 0) break;
      expect(await usedBytesOf(disk.path)).toBeLessThan(usedBytes + 100_000); // nothing is left lying about
    }
    await disk.resize(64_000_000);
    await full.template.restore(newest[0], target, "--force");
    expect(compareTrees(newest[1], describeTree(target))).toEqual([]);
  },
);

/** A repository with three snapshots, to be copied onto disks that are too small. */
class FullDisk {
  readonly template: Holdfast;
  readonly state: SmallState;
  readonly saved = new Map<string, Tree>();
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, state: SmallState) {
    this.#folder = folder;
    this.state = state;
    this.template = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
  }

  static async prepare(folder: TemporaryFolder, random: ReturnType<typeof createRandom>): Promise<FullDisk> {
    const full = new FullDisk(folder, new SmallState(folder.at("s"), random));
    for (let i = 0; i < 3; i++) {
      full.state.change();
      full.saved.set((await full.template.save(full.state.folder)).snapshot, describeTree(full.state.folder));
    }
    return full;
  }

  async forgetOldest(): Promise<void> {
    const [oldest = ""] = this.saved.keys();
    await this.template.run(["forget", oldest]);
    this.saved.delete(oldest);
  }

  /** Runs a command on larger and larger disks until it works. */
  async onLargerAndLargerDisks(
    args: readonly string[],
    done: (repository: string) => Promise<void>,
  ): Promise<void> {
    await using disk = await smallDisk(200_000_000);
    const repository = disk.at("r");
    const holdfast = openHoldfast({ store: repository, password: PASSWORD, home: this.#folder.path });
    cpSync(this.#folder.at("r"), repository, { recursive: true });
    const usedBytes = await usedBytesOf(disk.path);
    // How much room it takes is measured where there is enough.
    await holdfast.run(args);
    const neededBytes = Math.max(0, (await usedBytesOf(disk.path)) - usedBytes);
    const roomBytes = Math.max(neededBytes, usedBytes) * 1.1;
    for (let step = 0; step < STEPS; step++) {
      await disk.resize(200_000_000);
      await removeTree(repository);
      cpSync(this.#folder.at("r"), repository, { recursive: true });
      await disk.resize(usedBytes + Math.floor((roomBytes * step) / STEPS));
      const { status, stdout } = await holdfast.run([...args, "--json"], { mayFail: true });
      if (status !== 0) {
        expect(status).toBe(1);
        expect(JSON.parse(stdout.toString())).toMatchObject({ error: { code: "DISK_FULL" } });
        await this.#mustBeWhole(repository);
        await disk.resize(200_000_000);
        await holdfast.run(args);
      }
      await done(repository);
      await this.#mustBeWhole(repository);
      if (status === 0) return;
    }
  }

  async snapshotsOf(repository: string): ReturnType<Restic["snapshots"]> {
    return (await restic?.open(repository, PASSWORD).snapshots()) ?? [];
  }

  /** Judged on a copy, as a judge needs room for its lock. */
  async #mustBeWhole(repository: string): Promise<void> {
    await using copy = await temporaryFolder();
    cpSync(repository, copy.at("r"), { recursive: true });
    await restic?.open(copy.at("r"), PASSWORD).check({ leftoversAllowed: true });
    const [id, tree] = [...this.saved].at(-1) ?? ["", new Map()];
    const holdfast = openHoldfast({ store: copy.at("r"), password: PASSWORD, home: this.#folder.path });
    await holdfast.restore(id, copy.at("b"));
    expect(compareTrees(tree, describeTree(copy.at("b")))).toEqual([]);
  }
}

async function usedBytesOf(mountPoint: string): Promise<number> {
  const { stdout } = await run("df", ["--output=used", "--block-size=1", mountPoint]);
  return Number(stdout.toString().trim().split("\n").at(-1));
}
