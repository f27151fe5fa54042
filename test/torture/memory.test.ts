import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { compareFolders } from "../support/compare-trees.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { timedRun } from "../support/timed-run.ts";

const LIMIT_BYTES = 200e6;
const MIB = 1024 * 1024;

test.skipIf(!LONG)(
  "saving and restoring 2 GB takes at most 200 MB of memory",
  { timeout: 1_200_000 },
  async () => {
    await using folder = await temporaryFolder();
    makeState(folder.at("s"));
    const options = { store: folder.at("r"), password: "memory", home: folder.path };
    const { command, env } = openHoldfast(options);
    const [program, ...first] = command;
    // Saving and restoring promise a limit; the others are printed to be seen.
    const steps = [
      { name: "first save", args: ["save", "--state", folder.at("s")], limitBytes: LIMIT_BYTES },
      { name: "save, nothing changed", args: ["save", "--state", folder.at("s")], limitBytes: LIMIT_BYTES },
      {
        name: "restore",
        args: ["restore", "--state", folder.at("s"), "--to", folder.at("b")],
        limitBytes: LIMIT_BYTES,
      },
      { name: "check --read-data", args: ["check", "--read-data"], limitBytes: Infinity },
      { name: "prune", args: ["prune", "--max-unused", "0"], limitBytes: Infinity },
    ];
    for (const { name, args, limitBytes } of steps) {
      const { seconds, peakMemoryBytes } = await timedRun(program, [...first, ...args], {
        env,
        cwd: folder.path,
      });
      process.stdout.write(
        `${name}: ${(peakMemoryBytes / 1e6).toFixed(0)} MB at most, ${seconds.toFixed(1)} s\n`,
      );
      expect.soft(peakMemoryBytes, name).toBeLessThanOrEqual(limitBytes);
    }
    expect(compareFolders(folder.at("s"), folder.at("b"))).toEqual([]);
  },
);

/** 2 GB: half of it random, half text that compresses; large files, middle ones, and 20,000 small ones. */
function makeState(root: string): void {
  mkdirSync(root);
  writeLarge(`${root}/random.bin`, 700, (block) => randomFillSync(block));
  writeLarge(`${root}/text.log`, 700, (block, number) =>
    block.fill(`${number} the tide comes in, the tide goes out\n`),
  );
  for (let i = 0; i < 200; i++) {
    const content =
      i % 2 === 0 ? randomFillSync(Buffer.alloc(2 * MIB)) : Buffer.alloc(2 * MIB, `${i} kelp and rock\n`);
    writeFileSync(`${root}/middle-${i}`, content);
  }
  for (let i = 0; i < 20_000; i++) {
    if (i % 500 === 0) mkdirSync(`${root}/small-${i / 500}`);
    writeFileSync(`${root}/small-${Math.floor(i / 500)}/${i}`, randomFillSync(Buffer.alloc(10_000)));
  }
}

function writeLarge(path: string, sizeMiB: number, fill: (block: Buffer, number: number) => Buffer): void {
  const block = Buffer.alloc(MIB);
  const fd = openSync(path, "wx");
  for (let number = 0; number < sizeMiB; number++) writeSync(fd, fill(block, number));
  closeSync(fd);
}
