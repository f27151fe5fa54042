import { cpSync } from "node:fs";
import { expect, test } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import type { ResticProgram } from "../support/restic.ts";
import type { RunResult } from "../support/run.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { removeTree, type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { Ledger } from "./ledger.ts";
import { SmallState } from "./small-state.ts";
import { usedBytesOf, withTightRoom } from "./tight-room.ts";

const PASSWORD = "full";
const LARGE_BYTES = 200_000_000;
const TIMEOUT_MS = 1_200_000;
const program = (await findRestics()).at(-1);
if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: full disks: ${NO_SMALL_DISK}\n`);

test.skipIf(NO_SMALL_DISK !== null || program === undefined).each(["save", "prune"])(
  "a store that is full at any write of a %s: an error, nothing lost, and it works once there is room",
  { timeout: TIMEOUT_MS },
  async (command) => {
    if (program === undefined) return;
    await using folder = await temporaryFolder();
    const { state, template, ledger } = await prepare(folder, `full store, ${command}`);
    const args = command === "save" ? ["save", "--state", state.folder] : ["prune", "--max-unused", "0"];
    if (command === "save") state.change();
    else {
      await template.run(["forget", ledger.ids[0] ?? ""]);
      ledger.keepOnly(ledger.ids.slice(1));
    }
    const snapshots = ledger.ids.length + (command === "save" ? 1 : 0);

    await using disk = await smallDisk(LARGE_BYTES);
    const holdfast = openHoldfast({ store: disk.at("r"), password: PASSWORD, home: folder.path });
    await withTightRoom(10_000_000, async (roomBytes) => {
      await disk.resize(LARGE_BYTES);
      await removeTree(holdfast.store);
      cpSync(template.store, holdfast.store, { recursive: true });
      await disk.resize((await usedBytesOf(disk.path)) + roomBytes);
      const result = await holdfast.run([...args, "--json"], { mayFail: true });
      if (result.status !== 0) {
        mustSayDiskFull(result);
        await mustBeWhole(holdfast, program, ledger);
        await disk.resize(LARGE_BYTES);
        await holdfast.run(args);
      }
      await mustBeWhole(holdfast, program, ledger);
      expect(await program.open(holdfast.store, PASSWORD).snapshots()).toHaveLength(snapshots);
      return result.status === 0;
    });
  },
);

test.skipIf(NO_SMALL_DISK !== null)(
  "a target that is full at any write of a restore keeps what it had",
  { timeout: TIMEOUT_MS },
  async () => {
    await using folder = await temporaryFolder();
    const { template, ledger } = await prepare(folder, "full target");
    const old = ledger.ids[0] ?? "";
    await using disk = await smallDisk(LARGE_BYTES);
    const target = disk.at("target");
    await withTightRoom(20_000_000, async (roomBytes) => {
      await disk.resize(LARGE_BYTES);
      await template.restore(old, target, "--force");
      const usedBytes = await usedBytesOf(disk.path);
      await disk.resize(usedBytes + roomBytes);
      const args = ["restore", ledger.newest, "--to", target, "--force", "--json"];
      const result = await template.run(args, { mayFail: true });
      const isDone = result.status === 0;
      if (!isDone) {
        mustSayDiskFull(result);
        expect(await usedBytesOf(disk.path)).toBeLessThan(usedBytes + 100_000); // nothing is left lying about
      }
      const expected = ledger.treeOf(isDone ? ledger.newest : old);
      expect(compareTrees(expected, describeTree(target))).toEqual([]);
      return isDone;
    });
  },
);

/** A repository with three snapshots of a state. */
async function prepare(
  folder: TemporaryFolder,
  what: string,
): Promise<{ state: SmallState; template: Holdfast; ledger: Ledger }> {
  const state = new SmallState(folder.at("s"), createRandom(printedSeed(what)));
  const template = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
  const ledger = new Ledger();
  for (let i = 0; i < 3; i++) {
    state.change();
    await ledger.save(template, state.folder);
  }
  return { state, template, ledger };
}

function mustSayDiskFull({ status, stdout }: RunResult): void {
  expect(status).toBe(1);
  expect(JSON.parse(stdout.toString())).toMatchObject({ error: { code: "DISK_FULL" } });
}

/** Judged on a copy, as a judge needs room for its lock. */
async function mustBeWhole({ store }: Holdfast, judge: ResticProgram, ledger: Ledger): Promise<void> {
  await using copy = await temporaryFolder();
  cpSync(store, copy.at("r"), { recursive: true });
  await judge.open(copy.at("r"), PASSWORD).check({ leftoversAllowed: true });
  const holdfast = openHoldfast({ store: copy.at("r"), password: PASSWORD, home: copy.path });
  await ledger.mustRestore(holdfast, ledger.newest);
}
